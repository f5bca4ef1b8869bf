using Serve.Admin;
using Serve.Server.Hosting;
using Serve.Testing;

namespace Serve.Tests.Server.Hosting;

/// <summary>A data folder belongs to one controller and one node, which may be two processes.</summary>
public sealed class DataFolderTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("All", "All", "controller")]
    [InlineData("All", "Node", "node")]
    [InlineData("All", "Controller", "controller")]
    [InlineData("Node", "All", "node")]
    [InlineData("Node", "Node", "node")]
    [InlineData("Controller", "Controller", "controller")]
    public void Open_PartIsTaken_SaysWhichAndLeavesTheOther(string first, string second, string part)
    {
        using (Open(first))
            Should.Throw<InvalidOperationException>(() => Open(second)).Message.ShouldContain($"in use by another server's {part}");
        Open(second).Dispose();
    }

    [Fact]
    public void Open_ControllerAndNode_ShareItWithRunFoldersOfTheirOwn()
    {
        using var controller = Open("Controller");
        using var node = Open("Node");
        node.RunFolder.ShouldNotBe(controller.RunFolder);
        controller.WriteAddresses(new ServerAddresses(1, new Uri("http://127.0.0.1:1"), Http: null, Grpc: null, Store: "/x"));
        node.WriteAddresses(new ServerAddresses(2, Admin: null, new Uri("http://127.0.0.1:2"), new Uri("http://127.0.0.1:3")));
        ServerAddresses.Read(controller.Path)!.Pid.ShouldBe(1);
        ServerAddresses.Read(controller.Path, ServerAddresses.NodeFile)!.Pid.ShouldBe(2);
        node.Dispose();
        ServerAddresses.Read(controller.Path)!.Store.ShouldBe("/x");
        ServerAddresses.Read(controller.Path, ServerAddresses.NodeFile).ShouldBeNull();
    }

    [Fact]
    public void Open_FailsForOnePart_GivesTheOtherBack()
    {
        using var node = Open("Node");
        Should.Throw<InvalidOperationException>(() => Open("All"));
        Open("Controller").Dispose();
    }

    [Fact]
    public void Open_PredecessorDied_ItsSocketsAreDeleted()
    {
        var leftover = Directory.CreateTempSubdirectory("serve-").FullName;
        File.WriteAllText(Path.Combine(leftover, "agent.sock"), "");
        File.WriteAllText(_temporary.File("node.run"), leftover);
        using var folder = Open("Node");
        Directory.Exists(leftover).ShouldBeFalse();
    }

    [Fact]
    public void Open_NoteNamesAForeignFolder_ThatIsLeftAlone()
    {
        var foreign = Directory.CreateTempSubdirectory("foreign-").FullName;
        var elsewhere = Directory.CreateDirectory(Path.Combine(foreign, "serve-elsewhere")).FullName;
        foreach (var named in new[] { foreign, elsewhere, "", "/" })
        {
            File.WriteAllText(_temporary.File("node.run"), named);
            Open("Node").Dispose();
        }

        Directory.Exists(elsewhere).ShouldBeTrue("it does not lie where run folders are made");
        Directory.Delete(foreign, recursive: true);
    }

    [Fact]
    public void Open_MakesFoldersForTheOwnerOnly()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var folder = DataFolder.Open(_temporary.File("new"), ServerRole.All);
        File.GetUnixFileMode(folder.Path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.GetUnixFileMode(folder.RunFolder).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private DataFolder Open(string role) => DataFolder.Open(_temporary.Path, Enum.Parse<ServerRole>(role));
}
