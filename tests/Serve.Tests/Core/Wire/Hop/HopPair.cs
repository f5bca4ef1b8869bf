using System.Collections.Concurrent;
using Serve.Testing;
using Serve.Wire.Hop;

namespace Serve.Tests.Core.Wire.Hop;

/// <summary>A listener and a client on a real unix socket; what clients open goes to a function of the test.</summary>
internal sealed class HopPair : IHopHandler, IHopClientEvents, IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    public HopPair(Func<HopStream, Task>? serve = null)
    {
        Serve = serve ?? (static stream => stream.DisposeAsync().AsTask());
        SocketPath = Path.Combine(_folder.Path, "hop.sock");
        Listener = HopListener.Listen(SocketPath, this);
        Client = new HopClient(SocketPath, this);
    }

    public string SocketPath { get; }

    public HopListener Listener { get; }

    public HopClient Client { get; }

    public Func<HopStream, Task> Serve { get; set; }

    /// <summary>What is thrown by the function that serves.</summary>
    public ConcurrentQueue<Exception> Failures { get; } = [];

    public int Load { get; set; }

    public int SeenLoad { get; private set; } = -1;

    public int FreeCount { get; private set; }

    public int LostCount { get; private set; }

    public int DrainingCount { get; private set; }

    public ConcurrentQueue<(byte Kind, byte[] Blob)> Notices { get; } = [];

    public ValueTask<HopStream> OpenAsync(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> inline = default, bool isComplete = true) =>
        Client.OpenAsync(HopKind.Call, head, inline, isComplete, CancellationToken.None);

    void IHopHandler.OnOpen(HopStream stream) => _ = Task.Run(async () =>
    {
        try
        {
            await Serve(stream);
        }
        catch (Exception exception)
        {
            Failures.Enqueue(exception);
            await stream.DisposeAsync();
        }
    });

    void IHopClientEvents.OnLoad(int ongoing) => SeenLoad = ongoing;

    void IHopClientEvents.OnFree() => FreeCount++;

    void IHopClientEvents.OnNotice(byte kind, ReadOnlySpan<byte> blob) => Notices.Enqueue((kind, blob.ToArray()));

    void IHopClientEvents.OnDraining() => DrainingCount++;

    void IHopClientEvents.OnLost() => LostCount++;

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Listener.DisposeAsync();
        _folder.Dispose();
    }
}
