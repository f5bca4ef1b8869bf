using System.Text.Json.Nodes;
using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>The commands that talk to a running server.</summary>
public sealed class CliTests : OwnServerTests
{
    private protected override Task PrepareAsync() => Server.DeployAsync(TestProgram.Document(TestProgram.Application("    args: {Version: '1'}", name: "first", prefix: "/first"), TestProgram.Application(name: "second", prefix: "/second")));

    [Fact]
    public async Task Status_ForPeopleAndPrograms_ShowsApplicationsDeploymentsAndReplicas()
    {
        var text = (await Server.CliAsync("status")).Output;
        text.ShouldContain("first /first RUNNING");
        text.ShouldContain("Echo 1/1 HEALTHY");
        text.ShouldContain(Server.Addresses.Http!.ToString().TrimEnd('/'));

        var json = JsonNode.Parse((await Server.CliAsync("status", "--json")).Output)!;
        json["applications"]!["second"]!["deployments"]!["Front"]!["replicas"]![0]!["state"]!.GetValue<string>().ShouldBe("RUNNING");
        JsonNode.Parse((await Server.CliAsync("status", "--json", "--name", "first")).Output)!["status"]!.GetValue<string>().ShouldBe("RUNNING");

        var unknown = await Server.CliAsync("status", "--name", "third");
        unknown.ExitCode.ShouldBe(1);
        unknown.Error.ShouldContain("There is no application 'third'");
    }

    [Fact]
    public async Task Config_Printed_CanBeDeployedAgain()
    {
        var document = (await Server.CliAsync("config")).Output;
        document.ShouldContain("import_path: " + TestProgram.Dll);
        (await Server.CliAsync("deploy", Server.WriteDocument(document), "--wait")).ExitCode.ShouldBe(0);
        (await Server.CliAsync("config")).Output.ShouldBe(document);
        JsonNode.Parse((await Server.CliAsync("config", "--name", "first", "--json")).Output)!["args"]!["Version"]!.GetValue<string>().ShouldBe("1");
    }

    [Fact]
    public async Task Delete_OneApplication_TheOtherStays()
    {
        (await Server.CliAsync("delete", "first")).ExitCode.ShouldBe(0);
        await Eventually.TrueAsync(async () => await Server.ApplicationAsync("first") is null);
        (await Server.Http.GetAsync("/second/pid")).IsSuccessStatusCode.ShouldBeTrue();
        var again = await Server.CliAsync("delete", "first");
        again.ExitCode.ShouldBe(1);
        again.Error.ShouldContain("There is no application 'first'; there are 'second'.");
    }

    [Fact]
    public async Task Shutdown_Confirmed_EndsApplicationsAndServer()
    {
        (await Server.CliAsync("shutdown")).ExitCode.ShouldBe(2);
        var workers = await Server.ProcessesOfAsync("Front", "first");
        (await Server.CliAsync("shutdown", "--yes")).ExitCode.ShouldBe(0);
        await Eventually.TrueAsync(() => !TestServer.IsAlive(Server.Addresses.Pid));
        workers.ShouldAllBe(worker => !TestServer.IsAlive(worker));
        await using var restarted = await ServeProcess.StartAsync(Folder.Path);
        (await restarted.Admin.GetAsync(CancellationToken.None)).Applications.ShouldBeEmpty();
    }

    [Fact]
    public async Task Logs_OfOneReplica_AreItsLastLines()
    {
        await Server.Http.GetAsync("/first/throw");
        var replica = (await Server.ApplicationAsync("first"))!.Deployments["Front"].Replicas[0].ReplicaId;
        var suffix = replica[(replica.LastIndexOf('#') + 1)..];
        await Eventually.TrueAsync(async () => (await Server.CliAsync("logs", "first", "Front", suffix)).Output.Contains("a secret of the program", StringComparison.Ordinal));
        (await Server.CliAsync("logs", "first", "Front", suffix, "--tail", "1")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(1);
        var line = (await Server.CliAsync("logs", "first", "Front", suffix, "--tail", "1", "--json")).Output;
        JsonNode.Parse(line)!["log"]!.GetValue<string>().ShouldBe($"Front#{suffix}");
        (await Server.CliAsync("logs", "first", "Echo")).Output.ShouldNotContain("a secret of the program");
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
        var result = await CommandProcess.RunAsync("start", "--data-dir", Folder.Path, "--http-port", "0", "--grpc-port", "0", "--admin-port", "0");
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain($"The data folder '{Folder.Path}' is in use by another server");
    }

    [Fact]
    public async Task Start_OnAPortInUse_IsRefused()
    {
        using var other = new TemporaryFolder();
        var result = await CommandProcess.RunAsync("start", "--data-dir", other.Path, "--http-port", Server.Addresses.Http!.Port.ToString(), "--grpc-port", "0", "--admin-port", "0");
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain(Server.Addresses.Http.Port.ToString());
    }
}
