"""An environment of Elastic Beanstalk and a release in, the release deployed or taken back out."""
