package emulator

import (
	"io"
	"log/slog"
	"time"
)

// Options say what to run and where. The zero value of each field is a good default.
type Options struct {
	Template string            // path of the template; "" is that of the project in the working folder
	Listen   string            // host:port; "" is 127.0.0.1:0, a free port
	Stage    string            // in place of the template's
	Region   string            // as which to run; "" is that which the template was written for, else us-east-1
	Data     string            // folder that keeps the tables; "" keeps them in memory
	DynamoDB string            // URL of another DynamoDB in place of the engine
	Env      map[string]string // variables for the functions, over the template's
	// Parameters are values for the template's Parameters.
	Parameters map[string]string
	// Exec are commands that run functions in place of their code, by logical ID. Each speaks the Runtime API.
	Exec map[string]string
	// Lambda is the URL of an Invoke API, such as that of sam local start-lambda, for functions that cannot run here.
	Lambda   string
	Weather  string        // path of a file with faults
	Record   string        // path of a file that what clients and localdev say is written to, tokens included
	TTLDelay time.Duration // how long after its time to live an item is deleted; AWS takes up to days
	Serial   bool          // one message of a connection at a time
	Watch    bool          // rebuild and swap functions when their sources change
	Log      *slog.Logger  // nil drops the log
	Output   io.Writer     // what the functions print, a line a Write: function, request ID, line; nil drops it
	// Identities is the path of a file with access keys, and who they are to an API with AWS_IAM.
	Identities string
	// Screen gets what runs how, for people, in front of the log's first line; nil drops it, and
	// the log says it.
	Screen io.Writer
	// Switches choose where nobody knows for sure what AWS does.
	Switches Switches
	// Awake lets functions go on between events. On Lambda they are frozen then, and so they are here.
	Awake bool
	// NoFront leaves out the CloudFront Function that the template has in front of its API, and that else answers for all paths
	// that are nothing else.
	NoFront bool
	// Maps are further paths of the first API's stage, such as peerjs, as of a custom domain's API mappings.
	Maps []string
	// Permissive lets functions do what their roles do not grant, too.
	Permissive bool
	// MaxInstances bounds the processes of one function; 0 is 100.
	MaxInstances int
}
