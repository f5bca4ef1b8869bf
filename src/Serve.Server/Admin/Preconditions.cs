using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Serve.Server.Controller;

namespace Serve.Server.Admin;

/// <summary>The entity tag of an application is its revision. Reads what a request expects of it.</summary>
internal static class Preconditions
{
    public static string TagOf(long revision) => $"\"{revision.ToString(CultureInfo.InvariantCulture)}\"";

    /// <returns>The precondition of the request's headers, null where there is none, or what is wrong with them.</returns>
    public static (Precondition? Value, Refusal? Refusal) Read(HttpRequest request, string application)
    {
        var (match, noneMatch) = (request.Headers.IfMatch.ToString(), request.Headers.IfNoneMatch.ToString());
        return (match, noneMatch) switch
        {
            ("", "") => (null, null),
            ("", "*") => (new Precondition(application, Revision: null), null),
            ("", _) => Wrong($"If-None-Match: {noneMatch} is not supported; the only value is * (the application must not be there yet)."),
            (_, "") => ReadTag(match, application),
            _ => Wrong("If-Match and If-None-Match exclude each other; send one."),
        };
    }

    private static (Precondition? Value, Refusal? Refusal) ReadTag(string text, string application) =>
        EntityTagHeaderValue.TryParse(text, out var tag) && !tag.IsWeak && long.TryParse(tag.Tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            ? (new Precondition(application, revision), null)
            : Wrong($"If-Match: {text} is no entity tag of an application; it is the revision in quotes, as the ETag of GET says, for instance \"3\".");

    private static (Precondition? Value, Refusal? Refusal) Wrong(string message) => (null, new Refusal(StatusCodes.Status400BadRequest, message));
}
