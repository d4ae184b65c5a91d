<?php

namespace App;

class Routes extends \Illuminate\Foundation\Support\Providers\RouteServiceProvider
{
    public function boot()
    {
        $this->routes(function () {
            \Illuminate\Support\Facades\Route::group([], base_path('routes/web.php'));
        });
    }
}
