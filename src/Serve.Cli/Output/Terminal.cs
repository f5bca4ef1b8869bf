using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace Serve.Cli.Output;

/// <summary>Where commands write to: results to standard output, errors to standard error.</summary>
internal static class Terminal
{
    private static readonly Lock WriteLock = new();
    private static readonly IAnsiConsole ErrorConsole = Create(Console.Error, Console.IsErrorRedirected);
    private static string? s_status;

    /// <summary>Standard output, with colours where a person watches.</summary>
    public static IAnsiConsole Out { get; } = Create(Console.Out, Console.IsOutputRedirected);

    /// <summary>Whether a person watches.</summary>
    public static bool IsInteractive => !Console.IsOutputRedirected && Out.Profile.Capabilities.Ansi;

    public static void Error(string message, IReadOnlyList<string> details)
    {
        lock (WriteLock)
        {
            ClearStatus();
            ErrorConsole.MarkupLineInterpolated($"[red]error:[/] {message}");
            foreach (var detail in details)
                Console.Error.WriteLine($"  {detail}");
        }
    }

    public static void Warn(string message)
    {
        lock (WriteLock)
        {
            ClearStatus();
            ErrorConsole.MarkupLineInterpolated($"[yellow]warning:[/] {message}");
            DrawStatus();
        }
    }

    /// <summary>Writes a line above the status line.</summary>
    public static void Line(string text)
    {
        lock (WriteLock)
        {
            ClearStatus();
            Console.Out.WriteLine(text);
            DrawStatus();
        }
    }

    /// <summary>Writes a line with Spectre's markup.</summary>
    public static void Markup(FormattableString text)
    {
        lock (WriteLock)
        {
            ClearStatus();
            Out.MarkupLineInterpolated(text);
            DrawStatus();
        }
    }

    /// <summary>The next line stands at the top of an empty screen; what was above the screen stays for those who scroll back.</summary>
    public static void Home()
    {
        lock (WriteLock)
            Console.Out.Write("\u001b[H\u001b[J");
    }

    public static void Json<T>(T value, JsonTypeInfo<T> type) => Line(JsonSerializer.Serialize(value, type));

    /// <summary>Shows a line that stays at the bottom; null takes it away. Without a person nothing is shown.</summary>
    public static void Status(string? text)
    {
        if (!IsInteractive)
            return;
        lock (WriteLock)
        {
            ClearStatus();
            s_status = text;
            DrawStatus();
        }
    }

    private static IAnsiConsole Create(TextWriter writer, bool isRedirected)
    {
        const int LongLine = 4096;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isRedirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        // A program that reads our output wants whole lines.
        if (isRedirected)
            console.Profile.Width = LongLine;
        return console;
    }

    private static void ClearStatus()
    {
        if (s_status is not null)
            Console.Out.Write("\r\u001b[2K");
    }

    private static void DrawStatus()
    {
        const int Narrow = 40;
        if (s_status is not { } text)
            return;
        var width = Math.Max(Console.WindowWidth, Narrow);
        Console.Out.Write(text.Length < width ? text : text[..(width - 1)]);
    }
}
