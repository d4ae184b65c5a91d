<?php
// Prints what is to be known of this interpreter on one line; it needs no extension to do so.
$found = array_filter(['json', 'tokenizer'], 'extension_loaded');
echo 'portability probe: ', PHP_VERSION, ' ', (int) (bool) ini_get('short_open_tag'), ' ', implode(' ', $found), "\n";
