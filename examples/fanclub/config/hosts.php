<?php
// Our hosts. www.starclub.example is the one that search engines know.
const HOST_WWW = 'www.starclub.example';
const HOST_WIDGETS = 'widgets.starclub.example', HOST_STATIC = 'static.starclub.example';
const COOKIE_DOMAIN = '.starclub.example';
const BRAND = 'Starclub';
const BRAND_INITIAL = 'starclub.example'[0];
const CDN_URL = 'https://d1fakestarclub.cloudfront.net';

/* Plain text for the footer of every mail and of the print view. */
const IMPRINT = <<<TEXT
Starclub Ltd., Fan Street 1, Starville
Web: http://www.starclub.example/imprint
Help: http://help.starclub.example
TEXT;

const ROBOTS_EXTRA = <<<'TXT'
    Sitemap: http://www.starclub.example/sitemap.xml
    Host: www.starclub.example
    TXT;
