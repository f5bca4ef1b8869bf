using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Load;

/// <summary>Waits for points in time more exactly than timers do, and without a core of its own.</summary>
internal static partial class ArrivalClock
{
    private const double NanosecondsPerSecond = 1e9;

    /// <summary>Blocks the thread until the time has come.</summary>
    /// <param name="timestamp">As of <see cref="Stopwatch.GetTimestamp"/>.</param>
    public static void WaitUntil(long timestamp)
    {
        for (var left = timestamp - Stopwatch.GetTimestamp(); left > 0; left = timestamp - Stopwatch.GetTimestamp())
        {
            var (seconds, rest) = Math.DivRem(left, Stopwatch.Frequency);
            var duration = new TimeSpec { Seconds = (nint)seconds, Nanoseconds = (nint)(rest * NanosecondsPerSecond / Stopwatch.Frequency) };
            _ = NanoSleep(in duration, 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(in TimeSpec duration, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
