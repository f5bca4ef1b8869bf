using System.Globalization;
using System.Text;
using Serve.Errors;

namespace Serve.Tests.Docs;

/// <summary>Writes <c>src/docs/errors.md</c> from the error table and the comments of its names.</summary>
internal static class ErrorsPage
{
    public static string Write()
    {
        var comments = XmlComments.Of(typeof(ServeError).Assembly);
        var page = new StringBuilder("""
            # Errors

            What a client sees when a request fails. HTTP responses carry the message as plain text, gRPC responses carry it as `grpc-message`. Failures of
            user code and of Serve itself never show internals: the log of the replica has them, under the request's id. This page is written from the code by a test.

            | error | HTTP | gRPC | `Retry-After` | meaning |
            |---|---|---|---|---|

            """.ReplaceLineEndings("\n"));
        foreach (var error in Enum.GetValues<ServeError>())
        {
            var status = ErrorMap.StatusOf(error);
            page.Append(CultureInfo.InvariantCulture, $"| {error} | {status.Http} | {(int)status.Grpc} {status.Grpc} | {status.RetryAfterSeconds?.ToString(CultureInfo.InvariantCulture) ?? ""} | {comments[$"F:Serve.ServeError.{error}"]} |\n");
        }

        return page.ToString();
    }
}
