<p>{{ $host }}</p>
<img src="https://cdn.shop.example/logo.png">
<a href="{{ config('app.url') }}/orders">orders</a>
