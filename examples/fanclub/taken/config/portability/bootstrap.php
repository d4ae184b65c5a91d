<?php
define('AppEnv\\DB_HOST', '10.20.0.21');
define('AppEnv\\DB_NAME', 'starclub');
define('AppEnv\\DB_USER', 'starclub_app');
define('AppEnv\\DB_PASSWORD', 'Fake-Pr0d-Writer-Pw');
define('AppEnv\\DB_READER_HOST', '10.20.0.22');
define('AppEnv\\DB_READER_USER', 'starclub_ro');
define('AppEnv\\DB_READER_PASSWORD', 'Fake-Pr0d-Reader-Pw');
define('AppEnv\\CACHE_HOST', '10.20.0.31');
define('AppEnv\\RABBIT_HOST', '10.20.0.41');
define('AppEnv\\RABBIT_USER', 'tickets');
define('AppEnv\\RABBIT_PASSWORD', 'Fake-Pr0d-Rabbit-Pw');
define('AppEnv\\PORTABILITY_ENV', 'production');
