// Package iam names the permissions that requests take, as the role of a function has to grant them.
package iam
