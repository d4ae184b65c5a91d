<?php
/**
 * TinyYaml - reads the small part of YAML that settings need.
 *
 * @author  The TinyYaml authors <hello@tinyyaml.example.org>
 * @license MIT https://opensource.org/licenses/MIT
 */
class TinyYaml
{
    const VERSION = '5.5.41';

    public static function load($file)
    {
        $out = array();
        $section = null;
        foreach (file($file, FILE_IGNORE_NEW_LINES) as $line) {
            if ($line === '' || $line[0] === '#') {
                continue;
            }
            if (!preg_match('/^(\s*)([\w.]+):\s*(.*)$/', $line, $m)) {
                continue;
            }
            if ($m[1] === '' && $m[3] === '') {
                $section = $m[2];
                $out[$section] = array();
            } elseif ($m[1] === '') {
                $out[$m[2]] = self::value($m[3]);
            } else {
                $out[$section][$m[2]] = self::value($m[3]);
            }
        }
        return $out;
    }

    private static function value($text)
    {
        if ($text === '~' || $text === '') {
            return null;
        }
        return trim($text, "'\"");
    }
}
