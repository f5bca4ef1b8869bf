using System.Collections.Concurrent;
using Serve.Identity;
using Serve.Server.Node;
using Serve.Wire.Control;

namespace Serve.Tests.Server.Nodes;

/// <summary>Starts nothing, and lets a test play the processes.</summary>
internal sealed class FakeLauncher : IProcessLauncher
{
    private int _nextId = 1_000_000_000;

    public ConcurrentDictionary<ReplicaId, FakeProcess> Processes { get; } = new();

    /// <summary>What the next launches throw, or null.</summary>
    public string? Problem { get; set; }

    /// <summary>How often something was launched.</summary>
    public int Launches { get; private set; }

    public ILaunchedProcess Launch(LaunchSpec spec)
    {
        Launches++;
        if (Problem is not null)
            throw new InvalidOperationException(Problem);
        if (!ReplicaId.TryParse(spec.Environment[ProgramContract.ReplicaVariable]!, out var replica))
            throw new InvalidOperationException("The agent names no replica.");
        return Processes[replica] = new FakeProcess(Interlocked.Increment(ref _nextId), spec.Environment[ProgramContract.AgentVariable]!);
    }
}

/// <summary>A process that ends when a test says so, or when it is asked to.</summary>
internal sealed class FakeProcess(int id, string agentSocket) : ILaunchedProcess
{
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Id { get; } = id;

    public string AgentSocket { get; } = agentSocket;

    public Task<int> Exited => _exited.Task;

    public IReadOnlyList<Stream> Outputs { get; } = [new MemoryStream("a line of the program\n"u8.ToArray())];

    public bool WasTerminated { get; private set; }

    public void Exit(int code) => _exited.TrySetResult(code);

    public void Terminate()
    {
        WasTerminated = true;
        Exit(143);
    }

    public void Kill() => Exit(137);

    public void Dispose()
    {
    }
}
