<?php
// Office tool, called by hand. Not part of the site.

$resolved = `getent hosts www.starclub.example`;
echo 'www: ', $resolved ?: "not known\n";

eval('$legacy = "http://admin.starclub.example/old.php";');
echo 'old office: ', $legacy, "\n";

echo gettext('Visit www.starclub.example for the rules of the club.'), "\n";
echo gettext('Forgot your password?'), "\n";
