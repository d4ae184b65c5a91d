<?php

use Illuminate\Support\Facades\Route;

Route::get('/', fn () => view('home', ['host' => config('database.connections.mysql.host')]));
