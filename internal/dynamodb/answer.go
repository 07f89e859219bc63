package dynamodb

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"net/http"
	"strconv"

	"github.com/aws/smithy-go"
)

// read reads an answer to its end, so that its connection can be used again.
func (c *call) read(resp *http.Response) error {
	body, err := readAll(resp)
	if err == nil {
		err = check(resp.Header.Get("X-Amz-Crc32"), body)
	}
	if err != nil {
		return &smithy.DeserializationError{Err: fmt.Errorf("failed to read response body, %w", err)}
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return refusal(resp.Header.Get("X-Amzn-ErrorType"), body)
	}
	c.out, err = decode(body)
	return err
}

// large is more than an item can have, 400 KB.
const large = 1 << 20

func readAll(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()
	var body bytes.Buffer
	if n := resp.ContentLength; n > 0 && n < large {
		body.Grow(int(n) + bytes.MinRead)
	}
	_, err := body.ReadFrom(resp.Body)
	return body.Bytes(), err
}

// check compares a body with the checksum that came with it, if one did. The SDK does, and says to its
// log what is wrong; here it is an answer that did not come whole.
func check(sum string, body []byte) error {
	if sum == "" {
		return nil
	}
	want, err := strconv.ParseUint(sum, 10, 32)
	if err != nil {
		return fmt.Errorf("unable to parse checksum header %v, %w", sum, err)
	}
	if crc32.ChecksumIEEE(body) != uint32(want) {
		return errChecksum
	}
	return nil
}

type checksumError string

func (e checksumError) Error() string { return string(e) }

// RetryableError is for the SDK's retryer.
func (checksumError) RetryableError() bool { return true }

const errChecksum = checksumError("response did not match expected checksum")
