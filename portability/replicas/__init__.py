"""A replica on its way: what it lacks, its clone of the database, and its test users."""
