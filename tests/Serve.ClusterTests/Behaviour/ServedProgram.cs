namespace Serve.ClusterTests.Behaviour;

/// <summary>
/// The behaviour program, served in one of two ways: by a server with its proxy, or by itself. The tests of the suite ask it without
/// knowing which. There is a second program beside it whose ingress is soon full.
/// </summary>
public abstract class ServedProgram : IAsyncLifetime
{
    /// <summary>How long a request to the narrow program may take that says nothing else.</summary>
    public static readonly TimeSpan NarrowTimeout = TimeSpan.FromSeconds(2);

    /// <summary>A client of the program; its base address ends with what comes before the program's own paths.</summary>
    internal HttpClient Http { get; private set; } = null!;

    /// <summary>A client of the program whose ingress takes one request and lets one more wait.</summary>
    internal HttpClient Narrow { get; private set; } = null!;

    /// <summary>Where it speaks HTTP/2 without TLS.</summary>
    internal Uri GrpcAddress { get; private set; } = null!;

    internal GrpcClient Grpc { get; private set; } = null!;

    internal GrpcClient NarrowGrpc { get; private set; } = null!;

    internal JournalFolder Journal { get; } = new();

    /// <summary>What comes before the program's own paths: <c>/app</c>, or nothing.</summary>
    public abstract string Prefix { get; }

    /// <summary>Everything that was written by the processes.</summary>
    public abstract Task<string> ReadLogAsync();

    /// <summary>The processes that a request to the ingress passes.</summary>
    public abstract Task<IReadOnlyList<int>> FindProcessesAsync();

    public abstract Task InitializeAsync();

    public virtual Task DisposeAsync()
    {
        Http.Dispose();
        Narrow.Dispose();
        Grpc.Dispose();
        NarrowGrpc.Dispose();
        Journal.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>A client of its own for a test that closes connections.</summary>
    internal HttpClient NewClient() => Client(Http.BaseAddress!);

    private protected void Connect(Uri http, Uri grpc, Uri narrow, Uri narrowGrpc)
    {
        Http = Client(http);
        Narrow = Client(narrow);
        GrpcAddress = grpc;
        Grpc = new GrpcClient(grpc, "default");
        NarrowGrpc = new GrpcClient(narrowGrpc, NarrowApplication);
    }

    /// <summary>The name of the application that the narrow program is.</summary>
    private protected abstract string NarrowApplication { get; }

    private static HttpClient Client(Uri address) => new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = address, Timeout = Testing.Eventually.Patience };
}
