using System.Net.Sockets;
using Serve.Identity;
using Serve.Wire.Control;

namespace Serve.Tests.Server.Nodes;

/// <summary>A worker's end of the link, played by a test.</summary>
internal sealed class WorkerClient : IAsyncDisposable
{
    private readonly NetworkStream _stream;

    private WorkerClient(NetworkStream stream)
    {
        _stream = stream;
    }

    public static async Task<WorkerClient> ConnectAsync(string agentSocket)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(agentSocket));
        return new WorkerClient(new NetworkStream(socket, ownsSocket: true));
    }

    /// <summary>Calls, says who it is, and is ready.</summary>
    public static async Task<WorkerClient> StartAsync(string agentSocket, ReplicaId replica)
    {
        var client = await ConnectAsync(agentSocket);
        await client.SendAsync(new Hello(replica, ProcessId: 1));
        if (await client.ReadAsync() is not Assign)
            throw new InvalidOperationException("The agent has no assignment.");
        await client.SendAsync(new StartSucceeded());
        return client;
    }

    public async Task SendAsync(WorkerMessage message) => await _stream.WriteAsync(LinkCodec.Encode(message));

    public async Task SendAsync(byte[] bytes) => await _stream.WriteAsync(bytes);

    /// <summary>The next message, or null where the agent has hung up.</summary>
    public async Task<AgentMessage?> ReadAsync()
    {
        try
        {
            return await LinkCodec.ReadAsync<AgentMessage>(_stream, CancellationToken.None).AsTask().WaitAsync(Testing.Eventually.Patience);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Reads until a message of a kind comes.</summary>
    public async Task<T> ReadAsync<T>()
        where T : AgentMessage
    {
        while (await ReadAsync() is { } message)
        {
            if (message is T wanted)
                return wanted;
        }

        throw new IOException($"The agent hung up before it sent a {typeof(T).Name}.");
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
