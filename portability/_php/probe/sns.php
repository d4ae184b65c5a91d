<?php
/* A topic of SNS: in which account it and the application's credentials are; nothing is published. */

namespace PortabilityProbe;

const SNS_VERSION = '2010-03-31';

function sns_hosts(Given $given): array
{
    return aws_hosts($given, sns_place($given));
}

function sns_place(Given $given): array
{
    return aws_place($given, 'endpoint', 'sns.' . aws_region($given) . '.amazonaws.com');
}

function sns_identify(Context $context): array
{
    $topic = $context->given->needed('topic');
    $facts = ['step' => 'done'] + aws_caller($context);
    $words = ['Action' => 'GetTopicAttributes', 'Version' => SNS_VERSION, 'TopicArn' => $topic];
    $told = aws_query($context, 'sns', sns_place($context->given), '/', $words);
    $facts['peer'] = $context->peer;
    $found = sns_attributes($told['body']);
    $facts['marks'] = \array_filter(['arn' => $found['TopicArn'] ?? '']);
    $facts['owner'] = $found['Owner'] ?? '';
    return $facts;
}

/** Name => value of the attributes in an answer. */
function sns_attributes(string $xml): array
{
    $found = [];
    if (\preg_match_all('~<key>([^<]*)</key>\s*<value>([^<]*)</value>~', $xml, $pairs, \PREG_SET_ORDER)) {
        foreach ($pairs as $pair) {
            $found[\html_entity_decode($pair[1])] = \html_entity_decode($pair[2]);
        }
    }
    return $found;
}
