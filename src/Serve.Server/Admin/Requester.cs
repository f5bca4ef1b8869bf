using System.Globalization;
using Microsoft.AspNetCore.Http;
using Serve.Admin;

namespace Serve.Server.Admin;

/// <summary>Who makes a request, as the client says. It is shown beside what was changed, and trusted for nothing.</summary>
internal static class Requester
{
    private const int MaxLength = 100;

    /// <summary>The name, without what could garble a log or a terminal; null where none was given.</summary>
    public static string? Of(HttpRequest request)
    {
        var given = request.Headers[AdminClient.UserHeader].ToString();
        if (given.Length == 0)
            return null;
        var name = string.Concat(Uri.UnescapeDataString(given).Where(IsPlain)).Trim();
        return name.Length switch
        {
            0 => null,
            > MaxLength => name[..MaxLength],
            _ => name,
        };
    }

    /// <summary>Not one that moves the cursor, turns the direction of writing, or is half of another.</summary>
    private static bool IsPlain(char character) => char.GetUnicodeCategory(character) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
