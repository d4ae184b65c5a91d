<?php
/* Two namespaces in one file, because the old office tools include it by its path. */
namespace Starclub\Legacy {

    const OFFICE = 'admin.starclub.example';

    class Office
    {
        var $login = 'http://admin.starclub.example/index.php?token=Fake-Pr0d-Admin-Token';

        function link($page)
        {
            return 'http://' . OFFICE . '/' . $page . '.php';
        }
    }
}

namespace {

    function office_token()
    {
        return 'Fake-Pr0d-Admin-Token';
    }

    function legacy_dsn()
    {
        return base64_decode('bXlzcWw6Ly9yZXBvcnRAMTAuMjAuMC4xNS9zdGFyY2x1Yg==');
    }
}
