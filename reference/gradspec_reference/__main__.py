"""``python -m gradspec_reference`` is ``gradspec-reference``; to serve every layer, it loads nothing but the layers."""

import sys

if sys.argv[1:] == ["serve"]:
    from .serve import main

    main()
else:
    from .cli import entry

    entry()
