using System.Text.Json.Nodes;
using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>The commands that talk to a running server.</summary>
public sealed class CliTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private ServeProcess _server = null!;

    public async Task InitializeAsync()
    {
        _server = await ServeProcess.StartAsync(_folder.Path);
        await _server.DeployAsync(TestProgram.Document(TestProgram.Application("    args: {Version: '1'}", name: "first", prefix: "/first"), TestProgram.Application(name: "second", prefix: "/second")));
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Status_ForPeopleAndPrograms_ShowsApplicationsDeploymentsAndReplicas()
    {
        var text = (await _server.CliAsync("status")).Output;
        text.ShouldContain("first /first RUNNING");
        text.ShouldContain("Echo 1/1 HEALTHY");
        text.ShouldContain(_server.Addresses.Http!.ToString().TrimEnd('/'));

        var json = JsonNode.Parse((await _server.CliAsync("status", "--json")).Output)!;
        json["applications"]!["second"]!["deployments"]!["Front"]!["replicas"]![0]!["state"]!.GetValue<string>().ShouldBe("RUNNING");
        JsonNode.Parse((await _server.CliAsync("status", "--json", "--name", "first")).Output)!["status"]!.GetValue<string>().ShouldBe("RUNNING");

        var unknown = await _server.CliAsync("status", "--name", "third");
        unknown.ExitCode.ShouldBe(1);
        unknown.Error.ShouldContain("There is no application 'third'");
    }

    [Fact]
    public async Task Config_Printed_CanBeDeployedAgain()
    {
        var document = (await _server.CliAsync("config")).Output;
        document.ShouldContain("import_path: " + TestProgram.Dll);
        (await _server.CliAsync("deploy", _server.WriteDocument(document), "--wait")).ExitCode.ShouldBe(0);
        (await _server.CliAsync("config")).Output.ShouldBe(document);
        JsonNode.Parse((await _server.CliAsync("config", "--name", "first", "--json")).Output)!["args"]!["Version"]!.GetValue<string>().ShouldBe("1");
    }

    [Fact]
    public async Task Delete_OneApplication_TheOtherStays()
    {
        (await _server.CliAsync("delete", "first")).ExitCode.ShouldBe(0);
        await Eventually.TrueAsync(async () => await _server.ApplicationAsync("first") is null);
        (await _server.Http.GetAsync("/second/pid")).IsSuccessStatusCode.ShouldBeTrue();
        var again = await _server.CliAsync("delete", "first");
        again.ExitCode.ShouldBe(1);
        again.Error.ShouldContain("There is no application 'first'; there are 'second'.");
    }

    [Fact]
    public async Task Shutdown_Confirmed_EndsApplicationsAndServer()
    {
        (await _server.CliAsync("shutdown")).ExitCode.ShouldBe(2);
        var workers = await _server.ProcessesOfAsync("Front", "first");
        (await _server.CliAsync("shutdown", "--yes")).ExitCode.ShouldBe(0);
        await Eventually.TrueAsync(() => !ServeProcess.IsAlive(_server.Addresses.Pid));
        workers.ShouldAllBe(worker => !ServeProcess.IsAlive(worker));
        await using var restarted = await ServeProcess.StartAsync(_folder.Path);
        (await restarted.Admin.GetAsync(CancellationToken.None)).Applications.ShouldBeEmpty();
    }

    [Fact]
    public async Task Logs_OfOneReplica_AreItsLastLines()
    {
        await _server.Http.GetAsync("/first/throw");
        var replica = (await _server.ApplicationAsync("first"))!.Deployments["Front"].Replicas[0].ReplicaId;
        var suffix = replica[(replica.LastIndexOf('#') + 1)..];
        await Eventually.TrueAsync(async () => (await _server.CliAsync("logs", "first", "Front", suffix)).Output.Contains("a secret of the program", StringComparison.Ordinal));
        (await _server.CliAsync("logs", "first", "Front", suffix, "--tail", "1")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(1);
        var line = (await _server.CliAsync("logs", "first", "Front", suffix, "--tail", "1", "--json")).Output;
        JsonNode.Parse(line)!["log"]!.GetValue<string>().ShouldBe($"Front#{suffix}");
        (await _server.CliAsync("logs", "first", "Echo")).Output.ShouldNotContain("a secret of the program");
    }

    [Fact]
    public async Task Command_WithoutAServer_SaysSoWithItsOwnExitCode()
    {
        var result = await CommandProcess.RunAsync("status", "--address", "http://127.0.0.1:1");
        result.ExitCode.ShouldBe(3);
        result.Error.ShouldContain("No controller answers at http://127.0.0.1:1/");
        result.Error.ShouldContain("serve start");
    }

    [Theory]
    [InlineData("frobnicate")]
    [InlineData("start", "--http-port", "70000")]
    [InlineData("status", "--address", "nonsense")]
    [InlineData("deploy")]
    [InlineData("start", "--host", "nowhere")]
    public async Task Command_WrongArguments_IsAUsageError(params string[] arguments) => (await CommandProcess.RunAsync(arguments)).ExitCode.ShouldBe(2);

    [Fact]
    public async Task Start_OnAFolderInUse_IsRefused()
    {
        var result = await CommandProcess.RunAsync("start", "--data-dir", _folder.Path, "--http-port", "0", "--grpc-port", "0", "--admin-port", "0");
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain($"The data folder '{_folder.Path}' is in use by another server");
    }

    [Fact]
    public async Task Start_OnAPortInUse_IsRefused()
    {
        using var other = new TemporaryFolder();
        var result = await CommandProcess.RunAsync("start", "--data-dir", other.Path, "--http-port", _server.Addresses.Http!.Port.ToString(), "--grpc-port", "0", "--admin-port", "0");
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain(_server.Addresses.Http.Port.ToString());
    }
}
