package npm

import (
	"errors"
	"strings"
	"testing"
)

func TestWhatNpmSaysIsExplained(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ output, want string }{
		"no network": {
			"npm error code ENOTFOUND\nnpm error syscall getaddrinfo\nnpm error errno ENOTFOUND\n" +
				"npm error network request to http://registry.invalid/x failed, reason: getaddrinfo ENOTFOUND registry.invalid\n" +
				"npm error network This is a problem related to network connectivity.\n",
			"npm does not reach its registry: is there a network, or a proxy that npm has to be told of " +
				"(npm config set https-proxy URL)? [ENOTFOUND: network request to http://registry.invalid/x failed, " +
				"reason: getaddrinfo ENOTFOUND registry.invalid]",
		},
		"another registry, npm 8": {
			"npm ERR! code E404\nnpm ERR! 404 Not Found - GET http://127.0.0.1/x\nnpm ERR! 404\n",
			"look at npm config get registry [E404: 404 Not Found - GET http://127.0.0.1/x]",
		},
		"something else": {"Segmentation fault\n", "npm fails [npm ci: exit status 1: Segmentation fault]"},
		"no word":        {"", "npm fails [npm ci: exit status 1: ]"},
	} {
		if got := explain("ci", errors.New("exit status 1"), tt.output).Error(); !strings.HasSuffix(got, tt.want) {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}
