using System.Diagnostics;
using System.Net.Sockets;
using Serve.Identity;
using Serve.Wire.Control;

namespace Serve.Replica;

/// <summary>
/// The worker's end of the link to its node agent. A thread of its own reads it, so that the end of the agent is noticed at once even
/// where the user's code has the thread pool blocked. Without an agent a worker has no reason to live: it stops, and is ended if it does not.
/// </summary>
internal sealed class ReplicaLink : IDisposable
{
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(3);

    private readonly NetworkStream _stream;
    private readonly Lock _sendLock = new();
    private readonly ManualResetEventSlim _handlerIsSet = new();
    private Action<AgentMessage>? _handle;
    private Action? _lost;
    private volatile bool _disposed;

    private ReplicaLink(NetworkStream stream, ReplicaAssignment assignment)
    {
        _stream = stream;
        Assignment = assignment;
    }

    public ReplicaAssignment Assignment { get; }

    /// <summary>Calls the agent and asks what to be.</summary>
    /// <exception cref="IOException">The agent hung up.</exception>
    public static ReplicaLink Connect(string agentSocket, ReplicaId replica)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(agentSocket));
        var stream = new NetworkStream(socket, ownsSocket: true);
        stream.Write(LinkCodec.Encode<WorkerMessage>(new Hello(replica, Environment.ProcessId)));
        var answer = LinkCodec.Read<AgentMessage>(stream) as Assign ?? throw new IOException($"The node agent at '{agentSocket}' has no assignment for replica {replica}.");
        var link = new ReplicaLink(stream, answer.Assignment);
        new Thread(link.Read) { IsBackground = true, Name = "serve-link" }.Start();
        return link;
    }

    /// <summary>Sets who handles messages and the loss of the link. Both run on the link's thread and must not block.</summary>
    public void Handle(Action<AgentMessage> handle, Action lost)
    {
        _handle = handle;
        _lost = lost;
        _handlerIsSet.Set();
    }

    /// <summary>Tells the agent something. A lost link is noticed by the reading thread, not here.</summary>
    public void Send(WorkerMessage message)
    {
        try
        {
            lock (_sendLock)
                _stream.Write(LinkCodec.Encode(message));
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _stream.Dispose();
        _handlerIsSet.Dispose();
    }

    private void Read()
    {
        try
        {
            while (LinkCodec.Read<AgentMessage>(_stream) is { } message)
            {
                _handlerIsSet.Wait();
                _handle!(message);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
        }

        if (!_disposed)
            EndProcess();
    }

    private void EndProcess()
    {
        _lost?.Invoke();
        using var never = new ManualResetEventSlim();
        never.Wait(StopTime);
        Process.GetCurrentProcess().Kill();
    }
}
