using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Serve.Simulation.Scale;

/// <summary>The processor time of this thread: what a step costs, and not what others on the machine did meanwhile. Off Linux the time of the wall.</summary>
internal static partial class ThreadClock
{
    private const int ThreadCpuTime = 3;

    public static TimeSpan Now => OperatingSystem.IsLinux() && ClockGetTime(ThreadCpuTime, out var time) == 0
        ? TimeSpan.FromTicks((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick))
        : Stopwatch.GetElapsedTime(0);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out UnixTime time);

    private struct UnixTime
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
