using Serve.Testing;

namespace Serve.ClusterTests.Behaviour;

/// <summary>The program behind a proxy: one server, its workers as processes.</summary>
public sealed class ProxiedProgram : ServedProgram
{
    public const string Collection = "behaviour, proxied";

    private readonly TemporaryFolder _folder = new();

    internal ServeProcess Server { get; private set; } = null!;

    public override string Prefix => "/app";

    private protected override string NarrowApplication => "narrow";

    public override async Task InitializeAsync()
    {
        Server = await ServeProcess.RunAsync(_folder.Path, "http_options: {max_request_body_bytes: 8589934592}\n" + TestProgram.Document(
            Application("behaviour", "default", Prefix),
            Application("narrow", NarrowApplication, Prefix + "/narrow", $"request_timeout_s: {NarrowTimeout.TotalSeconds}"),
            Application("narrow", "hidden", "null")));
        var (http, grpc) = (Server.Addresses.Http!, Server.Addresses.Grpc!);
        Connect(new Uri(http, Prefix + "/"), grpc, new Uri(http, Prefix + "/narrow/"), grpc);
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>One of the programs as an application of a document.</summary>
    internal string Application(string program, string name, string prefix, string more = "") =>
        TestProgram.Application($"    runtime_env: {{env_vars: {{TEST_PROGRAM: {program}}}}}\n    args: {{Journal: {Journal.Path}}}\n    {more}", name, prefix);

    public override async Task<string> ReadLogAsync() => (await Server.CliAsync("logs", "default", "Door")).Output;

    public override async Task<IReadOnlyList<int>> FindProcessesAsync() => [Server.Addresses.Pid, .. await Server.ProcessesOfAsync("Door")];

}

[CollectionDefinition(ProxiedProgram.Collection)]
public sealed class ProxiedProgramDefinition : ICollectionFixture<ProxiedProgram>;
