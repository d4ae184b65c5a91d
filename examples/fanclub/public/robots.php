User-agent: *
Disallow: /admin/
Sitemap: http://www.starclub.example/sitemap.xml
Host: www.starclub.example
<?php
// served as /robots.txt
header('Content-Type: text/plain; charset=utf-8');
require_once __DIR__ . '/../config/hosts.php';
echo ROBOTS_EXTRA, "\n";
