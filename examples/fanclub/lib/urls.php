<?php

/**
 * Where am I? Returns the part of the site that this host stands for.
 *
 * @param string $host for instance www.starclub.example
 * @return string
 */
function site_of($host)
{
    switch (strtolower($host)) {
        case 'www.starclub.example':
        case 'starclub.example':
            return 'main';
        case 'admin.starclub.example':
            return 'admin';
        case 'widgets.starclub.example':
            return 'widgets';
        default:
            return 'other';
    }
}

function is_main_site()
{
    return isset($_SERVER['HTTP_HOST']) && $_SERVER['HTTP_HOST'] === 'www.starclub.example';
}

function is_friend($host)
{
    return in_array($host, array('www.starclub.example', 'widgets.starclub.example', "admin.starclub.example"), true);
}

/* fan pages have their own sub domain: nights.starclub.example, lights.starclub.example ... */
function fanpage_url($sub)
{
    return "http://{$sub}.starclub.example/x";
}

function profile_url($user)
{
    return "http://www.starclub.example/fan/$user?from=$user.starclub.example";
}

function page_url($path)
{
    return sprintf('http://www.starclub.example/%s?utm=100%%25', ltrim($path, '/'));
}

function list_url($page)
{
    // 1 + ... because pages count from zero here
    return 1 + $page . ' of http://www.starclub.example/list';
}

function cdn_enabled()
{
    $off = !'https://d1fakestarclub.cloudfront.net/img';
    return !$off && (bool) 'http://static.starclub.example/img';
}

function site_titles()
{
    return array(
        'www.starclub.example'     => 'Starclub',
        'widgets.starclub.example' => 'Starclub widgets',
        'php.net'                  => 'PHP manual',
    );
}

function frame_rights()
{
    ['www.starclub.example' => $www, 'admin.starclub.example' => $admin] = services('frames');
    return array('www' => $www, 'admin' => $admin);
}

function contact_host()
{
    // written like this against address collectors
    return "\x77ww.starclub.example";
}

function export_share()
{
    return '\\\static.starclub.example\export';
}

function badge_src()
{
    return '/store/badge@2x.png';
}

function archive_url($year)
{
    $host = 'y' . (int) $year . '.starclub.example';
    return 'http://' . $host . '/';
}

function help_host()
{
    return getenv('HELP_HOST') ?: 'help.starclub.example';
}

function search_host()
{
    return getenv('SEARCH_HOST') ?: 'localhost';
}
