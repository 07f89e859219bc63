package emulator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/caller"
	"github.com/parley-rtc/parley/localdev/internal/template"
)

// callers are those that clients may sign requests as.
type callers map[string]caller.Caller // by access key

// testKey is the access key that is always there, and its secret key.
const testKey = "test"

// startCallers reads the file of Options.Identities, if there is one.
func (e *Emulator) startCallers() error {
	account := e.stack.AccountID
	e.callers = callers{testKey: caller.User(testKey, testKey, account, testKey)}
	if e.opt.Identities == "" {
		return nil
	}
	all, err := caller.Load(e.opt.Identities, account)
	for _, c := range all {
		e.callers[c.AccessKey] = c
	}
	return err
}

// caller finds who has an access key: a client, or a function, in a session of its role.
func (e *Emulator) caller(accessKey string) (caller.Caller, bool) {
	if c, ok := e.callers[accessKey]; ok {
		return c, true
	}
	function, secret, ok := e.keys.Owner(accessKey)
	if !ok {
		return caller.Caller{}, false
	}
	i := slices.IndexFunc(e.stack.Functions, func(f template.Function) bool { return f.Name == function })
	return caller.Session(accessKey, secret, e.stack.AccountID, e.stack.Functions[i].Role.Name, function), true
}

// signWith says which keys there are for clients. Only that of test may be known to everybody.
func (e *Emulator) signWith() string {
	var own []string
	for key := range e.callers {
		if key != testKey {
			own = append(own, key)
		}
	}
	slices.Sort(own)
	var words []string
	if secret := e.callers[testKey].SecretKey; secret == testKey {
		words = append(words, "access key "+testKey+" and secret key "+testKey)
	} else {
		own = append(own, testKey)
	}
	if len(own) > 0 {
		words = append(words, fmt.Sprintf("one of the access keys in %s: %s", e.opt.Identities, strings.Join(own, ", ")))
	}
	return strings.Join(words, ", or ")
}
