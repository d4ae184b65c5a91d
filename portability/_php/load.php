<?php
// STDIN: JSON {bootstrap, constant}, both in base64. Loads the bootstrap as code would, and prints the constant.
$asked = json_decode(stream_get_contents(STDIN), true);
$bootstrap = base64_decode($asked['bootstrap']);
chdir(dirname($bootstrap));
require $bootstrap;
$value = constant(base64_decode($asked['constant']));
echo "\n", json_encode(['value' => base64_encode((string) $value)]), "\n";
