using System.Net;
using Serve.Status;
using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>Programs that can't start: status says why, and nobody else notices.</summary>
public sealed class FailedStartTests : OwnServerTests
{
    [Theory]
    [InlineData("    args: {Constructor: throw}", "the constructor of deployment 'Echo' threw System.InvalidOperationException: the model file is missing", "at Serve.TestProgram.Echo..ctor")]
    [InlineData("    args: {Constructor: hang}\n    deployments: [{name: Echo, startup_timeout_s: 3}]", "was not ready after 3 s (startup_timeout_s); it was in the constructor", "constructing with 'hang'")]
    [InlineData("    args: {Constructor: exit}", "ended with exit code 7 in the constructor", "constructing with 'exit'")]
    [InlineData("    args: {Versoin: x}", "args.Versoin is 'x', but the program has no such argument; did you mean 'Version'?", "")]
    [InlineData("    args: {Count: many}", "Failed to convert configuration value 'many' at 'args.Count' to type 'System.Int32'", "")]
    [InlineData("    args: {Count: 11}", "args.Count is '11': The field Count must be between 1 and 10.", "")]
    [InlineData("    runtime_env: {env_vars: {TEST_MODE: exit}}", "failed with exit code 3 when it was asked to describe itself", "the program gives up")]
    [InlineData("    runtime_env: {env_vars: {TEST_MODE: garbage}}", "described itself in a way that can't be read", "this is not JSON")]
    [InlineData("    runtime_env: {env_vars: {TEST_MODE: silent}}", "ended without describing itself. Does it call builder.AddServe() and app.MapServe()?", "")]
    [InlineData("    runtime_env: {env_vars: {TEST_MODE: lifespan}}", "the database is not there", "")]
    [InlineData("    deployments: [{name: Nobody, num_replicas: 2}]", "overrides the deployment 'Nobody', which the program does not have; it has 'Echo', 'Front'", "")]
    public async Task Deploy_ProgramThatCannotStart_FailsWithReasonAndLogWhileOthersServe(string keys, string reason, string logLine)
    {
        var good = TestProgram.Application(name: "good", prefix: "/good");
        await Server.DeployAsync(TestProgram.Document(good));
        var bad = Server.WriteDocument(TestProgram.Document(good, TestProgram.Application(keys, name: "bad", prefix: "/bad")));
        (await Server.CliAsync("deploy", bad)).ExitCode.ShouldBe(0);

        var failed = await Server.WaitForAsync(ApplicationStatus.DEPLOY_FAILED, "bad");
        failed.Message.ShouldContain(reason);
        failed.Message.ShouldContain(logLine);
        (await Server.CliAsync("status")).Output.ShouldContain(reason);
        (await Server.Http.GetAsync("/bad/echo?text=x")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await Server.Http.GetAsync("/good/pid")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Deploy_ProgramThatDoesNotExist_IsRefusedByTheClientAndFailsByRest()
    {
        var missing = TestProgram.Document("  - name: gone\n    import_path: /no/such/program.dll");
        var result = await Server.CliAsync("deploy", Server.WriteDocument(missing));
        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain("line 3, column 18: applications[0].import_path: there is no program at '/no/such/program.dll'");
        (await Server.Admin.GetAsync(CancellationToken.None)).Applications.ShouldBeEmpty();

        await Server.Admin.DeployAsync(new System.Text.Json.Nodes.JsonObject { ["applications"] = new System.Text.Json.Nodes.JsonArray(
            new System.Text.Json.Nodes.JsonObject { ["name"] = "gone", ["import_path"] = "/no/such/program.dll" }) }, CancellationToken.None);
        (await Server.WaitForAsync(ApplicationStatus.DEPLOY_FAILED, "gone")).Message.ShouldContain("There is nothing at '/no/such/program.dll'");
    }

    [Fact]
    public async Task Deploy_FailureThatPasses_RecoversByItself()
    {
        var obstacle = Folder.File("obstacle");
        await File.WriteAllTextAsync(obstacle, "");
        var document = Server.WriteDocument(TestProgram.Document(TestProgram.Application($"    args: {{FailWhileExists: {obstacle}}}")));
        await Server.CliAsync("deploy", document);
        await Eventually.TrueAsync(async () => (await Server.ApplicationAsync())!.Message.Contains("is in the way", StringComparison.Ordinal));
        File.Delete(obstacle);
        await Server.WaitForAsync(ApplicationStatus.RUNNING);
    }

    [Fact]
    public async Task Deploy_GoodDocumentAfterABadOne_Runs()
    {
        await Server.CliAsync("deploy", Server.WriteDocument(TestProgram.Document(TestProgram.Application("    args: {Constructor: throw}"))));
        await Server.WaitForAsync(ApplicationStatus.DEPLOY_FAILED);
        await Server.DeployAsync(TestProgram.Document(TestProgram.Application()));
        (await Server.Http.GetAsync("/pid")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Deploy_BadVersionOverAGoodOne_TheGoodOneKeepsServing()
    {
        await Server.DeployAsync(TestProgram.Document(TestProgram.Application("    args: {Version: good}")));
        await Server.CliAsync("deploy", Server.WriteDocument(TestProgram.Document(TestProgram.Application("    args: {Version: bad, Constructor: throw}"))));
        await Server.WaitForAsync(ApplicationStatus.DEPLOY_FAILED);
        (await Server.Http.GetStringAsync("/echo?text=still-here")).ShouldContain("still-here");
    }

    [Fact]
    public async Task Server_BetweenAttempts_IsIdle()
    {
        await Server.CliAsync("deploy", Server.WriteDocument(TestProgram.Document(TestProgram.Application("    args: {Constructor: throw}"))));
        await Server.WaitForAsync(ApplicationStatus.DEPLOY_FAILED);
        using var process = System.Diagnostics.Process.GetProcessById(Server.Addresses.Pid);
        await Eventually.TrueAsync(async () =>
        {
            var before = process.TotalProcessorTime;
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            process.Refresh();
            return process.TotalProcessorTime - before < TimeSpan.FromSeconds(0.1);
        });
    }
}
