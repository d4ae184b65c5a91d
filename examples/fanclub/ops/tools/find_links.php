<?php
/*
 * Looks for links of ours in a page: php find_links.php page.html
 * It once ran against http://www.starclub.example/ only.
 */

namespace Starclub\Tools;

/** @property string $apex the domain, starclub.example */
class LinkFinder
{
    public array $zones = ['static.starclub.example', "\u{77}idgets.starclub.example"];

    public function find(string $html): array
    {
        $document = new \DOMDocument();
        @$document->loadHTML($html);
        $found = []; // DB://cluster32 links are left alone
        foreach ((new \DOMXPath($document))->query('//body//a[@href]') as $anchor) {
            $host = parse_url($anchor->getAttribute('href'), PHP_URL_HOST);
            if (preg_match('/(^|\.)starclub\.example$/i', (string) $host) || in_array($host, $this->zones)) {
                $found[] = $host . ($host === 'php.net' ? ' (manual)' : '');
            }
        }
        return $found;
    }
}

$finder = new LinkFinder();
echo implode("\n", $finder->find(stream_get_contents(STDIN))), "\n";
