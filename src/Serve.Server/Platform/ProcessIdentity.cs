using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Serve.Server.Platform;

/// <summary>Tells a process from a later one that got the same id, by when it was started.</summary>
internal static class ProcessIdentity
{
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(2);

    /// <summary>A text that names the process together with its id, or null where there is none.</summary>
    public static string? Of(int processId) => OperatingSystem.IsLinux() ? OfLinux(processId) : OfOther(processId);

    public static bool IsSame(string one, string other) =>
        one == other
        || (!OperatingSystem.IsLinux()
            && long.TryParse(one, CultureInfo.InvariantCulture, out var a)
            && long.TryParse(other, CultureInfo.InvariantCulture, out var b)
            && TimeSpan.FromTicks(Math.Abs(a - b)) < ClockTolerance);

    /// <summary>The 22nd field of <c>/proc/[pid]/stat</c>, in ticks since boot. The second may hold spaces and brackets: count behind the last bracket.
    /// <code>4242 (some name) S 1 4242 4242 0 -1 4194304 … 8123456 …</code></summary>
    private static string? OfLinux(int processId)
    {
        const int FieldBehindName = 19;
        try
        {
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[FieldBehindName];
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string? OfOther(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return process.StartTime.ToUniversalTime().Ticks.ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }
}
