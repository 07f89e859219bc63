require('no-such-package')
