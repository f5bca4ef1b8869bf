using System.Text.RegularExpressions;
using Serve.Testing;

namespace Serve.ClusterTests.Behaviour;

/// <summary>The same program started by itself.</summary>
public sealed partial class EmbeddedProgram : ServedProgram
{
    public const string Collection = "behaviour, embedded";

    private CommandProcess _program = null!;
    private CommandProcess _narrow = null!;

    public override string Prefix => "";

    private protected override string NarrowApplication => "default";

    public override async Task InitializeAsync()
    {
        _program = Start("behaviour", []);
        _narrow = Start("narrow", new() { ["Serve__Embedded__RequestTimeoutSeconds"] = NarrowTimeout.TotalSeconds.ToString() });
        var (http, grpc) = await AddressesOf(_program);
        var (narrow, narrowGrpc) = await AddressesOf(_narrow);
        Connect(http, grpc, narrow, narrowGrpc);
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _program.DisposeAsync();
        await _narrow.DisposeAsync();
    }

    public override Task<string> ReadLogAsync() => Task.FromResult(_program.Output);

    public override Task<IReadOnlyList<int>> FindProcessesAsync() => Task.FromResult<IReadOnlyList<int>>([_program.Id]);

    private CommandProcess Start(string program, Dictionary<string, string> more) => CommandProcess.StartProgram(TestProgram.Dll, new Dictionary<string, string>(more)
    {
        ["TEST_PROGRAM"] = program,
        ["Serve__Args__Journal"] = Journal.Path,
        ["Kestrel__Endpoints__1Http__Url"] = "http://127.0.0.1:0",
        // HTTP/2 without TLS can't share a port with HTTP/1.1.
        ["Kestrel__Endpoints__2Grpc__Url"] = "http://127.0.0.1:0",
        ["Kestrel__Endpoints__2Grpc__Protocols"] = "Http2",
    });

    /// <summary>Kestrel tells of its endpoints in the order of their names.</summary>
    private static async Task<(Uri Http, Uri Grpc)> AddressesOf(CommandProcess program)
    {
        await Eventually.TrueAsync(() => program.HasExited ? throw new InvalidOperationException($"The program ended:\n{program.Output}") : Listening().Count(program.Output) == 2);
        var addresses = Listening().Matches(program.Output);
        return (new Uri(addresses[0].Groups["address"].Value), new Uri(addresses[1].Groups["address"].Value));
    }

    [GeneratedRegex(@"Now listening on: (?<address>http://[\d.:]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Listening();
}

[CollectionDefinition(EmbeddedProgram.Collection)]
public sealed class EmbeddedProgramDefinition : ICollectionFixture<EmbeddedProgram>;
