// Package infra is Parley as a construct of the AWS CDK, for stacks of one's own, and as a stack that reads its settings
// from the CDK's context; infra/app is that stack's app.
//
//	signaling := infra.NewSignaling(stack, "Signaling", infra.Props{
//		Auth:                infra.AuthJWT,
//		AuthSecretParameter: "/my-app/signaling-secret",
//		AllowedOrigins:      []string{"https://my-app.example"},
//	})
//
// It has one WebSocket API with the routes $connect, $disconnect and $default, a function for each, and two tables on
// demand. A function's role allows exactly what that function does.
package infra
