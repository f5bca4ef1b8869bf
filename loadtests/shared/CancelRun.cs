using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Load;

/// <summary>One run of the cancellation test. Each method on the way tells the driver, by a datagram, when it began and when it saw its token.</summary>
/// <param name="Run">The number of the run.</param>
/// <param name="Port">The driver's UDP port on loopback.</param>
internal sealed record CancelRun(int Run, int Port)
{
    private static readonly Socket Sender = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    public CancellationTokenRegistration Enter(string method, CancellationToken cancellationToken)
    {
        Report(method, "began");
        return cancellationToken.UnsafeRegister(static state =>
        {
            var (run, method) = ((CancelRun, string))state!;
            run.Report(method, "cancelled");
        }, (this, method));
    }

    /// <summary>The clock's ticks are the same in all processes of a machine (CLOCK_MONOTONIC).</summary>
    private void Report(string method, string what) =>
        Sender.SendTo(Encoding.UTF8.GetBytes($"{Run} {method} {what} {Stopwatch.GetTimestamp()}"), new IPEndPoint(IPAddress.Loopback, Port));
}
