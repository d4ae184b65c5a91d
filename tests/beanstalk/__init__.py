"""Tests of deploys to Elastic Beanstalk, against its stand-in."""
