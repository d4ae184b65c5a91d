<?php
/* One question with its approved addresses and its deadline in, connections to these only out. */

namespace PortabilityProbe;

const CONNECT_SECONDS = 2.0;
const WHOLE_SECONDS = 5.0;

/** One question: its parameters, the addresses that it may connect to, and how long it may take. */
final class Context
{
    /** @var Given */
    public $given;
    /** @var string the beacon that is looked for, or '' */
    public $beacon;
    /** @var string the key of this probe, for the site's own question */
    public $key;
    /** @var string the address and port that the last connection really had */
    public $peer = '';
    /** @var ?array the AWS credentials, once they are known */
    public $credentials;
    /** @var array<string, string[]> host => the addresses that were checked */
    private $approved;
    /** @var float */
    private $deadline;

    public function __construct(Given $given, array $approved, string $beacon, string $key)
    {
        $this->given = $given;
        $this->approved = $approved;
        $this->beacon = $beacon;
        $this->key = $key;
        $this->deadline = \microtime(true) + WHOLE_SECONDS;
    }

    /** The seconds that are left, at most $most. */
    public function left(float $most = WHOLE_SECONDS): float
    {
        $left = $this->deadline - \microtime(true);
        if ($left <= 0.01) {
            throw new Failure('ask', \sprintf('it took longer than %d s', WHOLE_SECONDS));
        }
        return \min($left, $most);
    }

    /** The first address of $host that was checked before; nothing else is ever connected to. */
    public function address(string $host): string
    {
        $addresses = $this->approved[$host] ?? [];
        if (!$addresses) {
            throw new Failure('connect', "no address of $host was approved");
        }
        return $addresses[0];
    }

    /** A connection to the checked address of $host; certificates are those of the name. */
    public function connect(string $host, int $port, bool $tls = false, bool $verify = true): Link
    {
        $address = $this->address($host);
        $place = (\strpos($address, ':') === false ? $address : "[$address]") . ":$port";
        $options = ['peer_name' => $host, 'SNI_enabled' => true, 'verify_peer' => $verify, 'verify_peer_name' => $verify];
        $context = \stream_context_create(['ssl' => $options]);
        $stream = @\stream_socket_client("tcp://$place", $number, $message, $this->left(CONNECT_SECONDS), \STREAM_CLIENT_CONNECT, $context);
        if ($stream === false) {
            throw new Failure('connect', "$place: " . \strtolower($message ?: 'no connection'));
        }
        $this->peer = (string) \stream_socket_get_name($stream, true);
        $link = new Link($stream, $this);
        if ($tls) {
            \error_clear_last();
            $link->patience();
            if (!@\stream_socket_enable_crypto($stream, true, \STREAM_CRYPTO_METHOD_TLS_CLIENT)) {
                $why = \preg_replace('/.*:/s', '', (string) (\error_get_last()['message'] ?? ''));
                throw new Failure('connect', "$place: no TLS: " . \trim($why));
            }
        }
        return $link;
    }
}
