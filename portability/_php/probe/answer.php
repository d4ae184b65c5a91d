<?php
/* An operation on a service in, what was found out: everything that both ways of asking share. */

namespace PortabilityProbe;

/** The answer to one request: `operation`, `service`, `parameters`, `approved`, `beacon`. */
function answer(array $request, string $namespace, string $root, string $key, string $salt): array
{
    $started = \microtime(true);
    $given = new Given($request['parameters'] ?? [], $namespace, $root);
    $approved = $request['approved'] ?? [];
    $context = new Context($given, $approved, (string) ($request['beacon'] ?? ''), $key);
    $found = ['given' => $given->told($key, $salt), 'missing' => $given->missing];
    try {
        $found += $given->missing ? ['step' => 'given'] : operate($request, $context);
    } catch (Failure $failure) {
        $found += ['step' => $failure->step, 'error' => $failure->getMessage(), 'refused' => $failure->refused];
    } catch (\Throwable $error) {
        $found += ['step' => 'ask', 'error' => \get_class($error) . ': ' . $error->getMessage()];
    }
    $found += ['peer' => $context->peer];
    $found['milliseconds'] = \round((\microtime(true) - $started) * 1000, 1);
    return $given->blotted($found);
}

function operate(array $request, Context $context): array
{
    $service = (string) ($request['service'] ?? '');
    $operation = (string) ($request['operation'] ?? '');
    if ($operation === 'ping') {
        return ['step' => 'done', 'machine' => (string) \gethostname(), 'sapi' => \PHP_SAPI, 'php' => \PHP_VERSION];
    }
    if ($operation === 'canary') {
        return canary($context);
    }
    if ($operation === 'resolve') {
        return ['step' => 'resolve', 'hosts' => resolved(\call_user_func(named($service, 'hosts'), $context->given))];
    }
    return \call_user_func(named($service, $operation), $context);
}

/** Each host followed; the first is needed, one after it is told only where it leads somewhere. */
function resolved(array $hosts): array
{
    $found = [];
    foreach ($hosts as $number => $host) {
        $told = dns_resolve($host);
        if ($number === 0 || $told['addresses']) {
            $found[$host] = $told;
        }
    }
    return $found;
}

/** The function that does an operation for a service; only those that this file holds exist. */
function named(string $service, string $operation): string
{
    $name = __NAMESPACE__ . "\\{$service}_{$operation}";
    $known = \in_array($operation, ['hosts', 'identify', 'seed', 'unseed'], true);
    if (!$known || !\preg_match('/^[a-z0-9]+\z/', $service) || !\function_exists($name)) {
        throw new Failure('given', "$operation of $service is not known here");
    }
    return $name;
}

/** One attempt to connect, which the guard is to see and drop. */
function canary(Context $context): array
{
    $address = $context->given->needed('address');
    $place = (\strpos($address, ':') === false ? $address : "[$address]") . ':' . $context->given->number('port', 9);
    $stream = @\stream_socket_client("tcp://$place", $number, $message, 0.3);
    return ['step' => 'done', 'connected' => $stream !== false, 'told' => \strtolower((string) $message)];
}
