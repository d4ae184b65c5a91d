<?php

declare(strict_types=1);

namespace Starclub\Config;

/** The sites of the club, by host name. */
enum Site: string
{
    case Main = 'www.starclub.example';
    case Widgets = 'widgets.starclub.example';
    case Admin = 'admin.starclub.example';
    case Files = 'static.' . 'starclub.example';

    const APEX = 'starclub.example';

    public function url(string $path = '/'): string
    {
        return 'http://' . $this->value . $path;
    }

    public function title(): string
    {
        return match ($this) {
            self::Main => 'Starclub',
            self::Widgets => 'Widgets',
            self::Admin => 'Office',
            self::Files => 'Files',
        };
    }
}
