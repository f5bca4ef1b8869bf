using Microsoft.AspNetCore.Http;
using Serve.Admin;
using Serve.Server.Controller;

namespace Serve.Server.Admin;

/// <summary>Why the admin API does not do what it was asked.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Message">In one sentence.</param>
/// <param name="Errors">Each single thing, where there are several.</param>
internal sealed record Refusal(int Status, string Message, IReadOnlyList<string>? Errors = null)
{
    public static Refusal Of(RequestProblem problem) => new(
        problem.Kind switch
        {
            RequestProblemKind.NotFound => StatusCodes.Status404NotFound,
            RequestProblemKind.PreconditionFailed => StatusCodes.Status412PreconditionFailed,
            RequestProblemKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status409Conflict,
        },
        problem.Message);
}

/// <summary>Writes the answers of the admin API.</summary>
internal static class AdminAnswer
{
    private const string RetryAfterSeconds = "1";

    public static Task SendAsync(HttpContext context, Refusal? refusal, string message, IReadOnlyList<string>? warnings = null) => refusal is null
        ? context.Response.WriteAsJsonAsync(new AdminReply(message, warnings), AdminJson.Default.AdminReply)
        : RefuseAsync(context, refusal);

    public static Task RefuseAsync(HttpContext context, Refusal refusal)
    {
        context.Response.StatusCode = refusal.Status;
        if (refusal.Status == StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
        return context.Response.WriteAsJsonAsync(new AdminError(refusal.Message, refusal.Errors), AdminJson.Default.AdminError);
    }
}
