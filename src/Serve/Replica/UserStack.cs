namespace Serve.Replica;

/// <summary>Shortens the text of an exception to what its user can do something about: the frames of Serve and .NET below the user's own go.</summary>
internal static class UserStack
{
    private static readonly string[] Ours = ["   at Serve.Replica.", "   at Microsoft.Extensions.", "   at System.Reflection.", "   at System.RuntimeMethodHandle.", "--- End of stack trace"];

    public static string Of(Exception exception)
    {
        var lines = exception.ToString().Split('\n').Select(line => line.TrimEnd('\r')).ToList();
        while (lines.Count > 1 && Ours.Any(prefix => lines[^1].StartsWith(prefix, StringComparison.Ordinal)))
            lines.RemoveAt(lines.Count - 1);
        return string.Join(Environment.NewLine, lines);
    }
}
