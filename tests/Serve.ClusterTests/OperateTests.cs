using System.Text.Json.Nodes;
using Serve.Testing;

namespace Serve.ClusterTests;

/// <summary>What an operator does with a running application: watch it, scale it, ask why, go back.</summary>
public sealed class OperateTests : OwnServerTests
{
    private protected override Task PrepareAsync() => Server.DeployAsync(Document("1"));

    [Fact]
    public async Task Scale_RunningDeployment_KeepsItsReplicasAndIsInTheHistory()
    {
        var before = await Server.ProcessesOfAsync("Echo");
        var scaled = await Server.CliAsync("scale", "default/Echo", "3", "--wait");
        scaled.ExitCode.ShouldBe(0, scaled.ToString());
        var after = await Server.ProcessesOfAsync("Echo");
        after.Count.ShouldBe(3);
        after.ShouldContain(before.Single());
        (await Server.CliAsync("history", "default")).Output.ShouldContain("scaled Echo from 1 to 3 replicas");
        (await Server.CliAsync("explain", "default", "Echo")).Output.ShouldContain("3 replicas shall be: num_replicas of revision 2.");
    }

    [Fact]
    public async Task Scale_Wrong_SaysWhatToWrite()
    {
        (string Target, string Replicas, int ExitCode, string Expected)[] cases =
        [
            ("default", "2", 2, "Application 'default' has 2 deployments ('Echo', 'Front'); name one: default/Echo."),
            ("shop/Echo", "2", 1, "There is no application 'shop'; there are 'default'."),
            ("default/Ecco", "2", 2, "Application 'default' has no deployment 'Ecco'; it has 'Echo', 'Front'."),
            ("default/Echo", "100001", 2, "target_num_replicas is 100001; it must be between"),
            ("default/Echo", "many", 2, "many"),
        ];
        foreach (var (target, replicas, exitCode, expected) in cases)
        {
            var result = await Server.CliAsync("scale", target, replicas);
            result.ExitCode.ShouldBe(exitCode, result.ToString());
            result.Error.ShouldContain(expected);
        }
    }

    [Fact]
    public async Task Watch_DuringAnUpdateAndARollback_TellsEachChange()
    {
        await using var lines = CommandProcess.Start("status", "--watch", "--address", Server.Addresses.Admin!.ToString());
        await using var json = CommandProcess.Start("status", "--watch", "--json", "--name", "default", "--address", Server.Addresses.Admin!.ToString());
        await Eventually.TrueAsync(() => lines.Output.Contains("default RUNNING", StringComparison.Ordinal));
        await Server.DeployAsync(Document("2"));
        var rolledBack = await Server.CliAsync("rollback", "default", "--wait");
        rolledBack.ExitCode.ShouldBe(0, rolledBack.ToString());
        (await Server.Http.GetStringAsync("/version")).ShouldContain("1");

        await Eventually.TrueAsync(() => lines.Output.Contains("rolled back to revision 1", StringComparison.Ordinal));
        lines.Output.ShouldContain($"default: revision 2 by {Environment.UserName} (deployed)");
        lines.Output.ShouldContain("default: DEPLOYING -> RUNNING");
        await Eventually.TrueAsync(() => json.Output.Contains("rolled_back", StringComparison.Ordinal));
        var events = json.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        events.ShouldContain(one => one["type"]!.GetValue<string>() == "replica_state" && one["to"] != null && one["to"]!.GetValue<string>() == "RUNNING");
        var history = (await Server.CliAsync("history", "default")).Output;
        history.ShouldContain("rolled back to revision 1");
        history.ShouldContain("current");
    }

    [Fact]
    public async Task Explain_NoRoom_SaysWhyNoNodeTakesTheReplica()
    {
        var document = TestProgram.Document(TestProgram.Application("    args: {Version: '1'}\n    deployments: [{name: Echo, ray_actor_options: {num_cpus: 1000}}]"));
        await Server.CliAsync("deploy", Server.WriteDocument(document));
        await Eventually.TrueAsync(async () => (await Server.CliAsync("explain", "default", "Echo")).Output.Contains("1000", StringComparison.Ordinal));
        var explained = JsonNode.Parse((await Server.CliAsync("explain", "default", "Echo", "--json")).Output)!;
        explained["status"]!.GetValue<string>().ShouldBe("UPDATING");
        explained["answers"]!.AsArray().ShouldContain(answer => answer!["question"]!.GetValue<string>() == "Why is 1 replica not placed?");
    }

    private static string Document(string version) => TestProgram.Document(TestProgram.Application($"    args: {{Version: '{version}'}}"));
}
