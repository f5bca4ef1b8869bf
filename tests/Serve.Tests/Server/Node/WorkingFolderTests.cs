using System.IO.Compression;
using Serve.Server.Node;
using Serve.Testing;

namespace Serve.Tests.Server.Nodes;

public sealed class WorkingFolderTests : IDisposable
{
    private const int Link = 0xA000;

    private readonly TemporaryFolder _folder = new();
    private readonly ProgramFolder _programs;

    public WorkingFolderTests()
    {
        _programs = new ProgramFolder(_folder.Path);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Prepare_Zip_UnpacksItUnderTheNameOfItsContents()
    {
        var zip = Zip(("model/weights.bin", "w"), ("run.sh", "#!"));
        var first = WorkingFolder.Prepare(zip, _programs);
        File.ReadAllText(Path.Combine(first.Home, "model/weights.bin")).ShouldBe("w");
        WorkingFolder.Prepare(zip, _programs).ShouldBe(first);

        var second = WorkingFolder.Prepare(Zip(("model/weights.bin", "other"), ("run.sh", "#!")), _programs);
        second.Version.ShouldNotBe(first.Version);
        File.ReadAllText(Path.Combine(first.Home, "model/weights.bin")).ShouldBe("w", "what a version runs on may not change");
    }

    [Fact]
    public void Prepare_ZipOfOneFolder_IsThatFolder() => File.Exists(Path.Combine(WorkingFolder.Prepare(Zip(("app/a.txt", "a"), ("app/b/c.txt", "c")), _programs).Home, "b/c.txt")).ShouldBeTrue();

    [Fact]
    public void Prepare_ExecutableInZip_StaysExecutable()
    {
        if (OperatingSystem.IsWindows())
            return;
        var zip = Zip([("run", "#!"), ("data", "d")], static entry => entry.ExternalAttributes = (entry.FullName == "run" ? 0x81ED : 0x81A4) << 16);
        var home = WorkingFolder.Prepare(zip, _programs).Home;
        File.GetUnixFileMode(Path.Combine(home, "run")).HasFlag(UnixFileMode.UserExecute).ShouldBeTrue();
        File.GetUnixFileMode(Path.Combine(home, "data")).HasFlag(UnixFileMode.UserExecute).ShouldBeFalse();
    }

    [Fact]
    public void Prepare_Folder_IsUsedWhereItLiesAndItsChangesAreVersions()
    {
        Directory.CreateDirectory(_folder.File("work"));
        File.WriteAllText(_folder.File("work/a.txt"), "a");
        var first = WorkingFolder.Prepare(_folder.File("work"), _programs);
        first.Home.ShouldBe(_folder.File("work"));
        WorkingFolder.Prepare(_folder.File("work"), _programs).ShouldBe(first);
        File.WriteAllText(_folder.File("work/a.txt"), "longer");
        WorkingFolder.Prepare(_folder.File("work"), _programs).Version.ShouldNotBe(first.Version);
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("a/../../evil")]
    [InlineData("/etc/evil")]
    [InlineData("C:/evil")]
    [InlineData("a\\..\\..\\evil")]
    [InlineData("a//b")]
    public void Prepare_NameThatLeadsElsewhere_IsRefusedAndNothingIsLeft(string name)
    {
        var zip = Zip(("good.txt", "g"), (name, "evil"));
        Should.Throw<ProgramException>(() => WorkingFolder.Prepare(zip, _programs)).Message.ShouldContain(name);
        Directory.GetFileSystemEntries(_folder.File("programs")).ShouldBeEmpty();
        File.Exists(_folder.File("evil")).ShouldBeFalse();
    }

    [Fact]
    public void Prepare_Link_IsRefused()
    {
        var zip = Zip([("link", "/etc/passwd")], static entry => entry.ExternalAttributes = (Link | 0x1FF) << 16);
        Should.Throw<ProgramException>(() => WorkingFolder.Prepare(zip, _programs)).Message.ShouldContain("'link' is a link");
    }

    [Fact]
    public void Prepare_OneNameTwice_IsRefused() => Should.Throw<ProgramException>(() => WorkingFolder.Prepare(Zip(("a", "1"), ("a", "2")), _programs)).Message.ShouldContain("can't be unpacked");

    [Fact]
    public void Prepare_Bomb_IsRefused()
    {
        var zip = _folder.File("bomb.zip");
        using (var archive = ZipFile.Open(zip, ZipArchiveMode.Create))
        {
            using var zeros = archive.CreateEntry("zeros").Open();
            var block = new byte[1024 * 1024];
            for (var written = 0L; written <= ZipUnpacker.FreeBytes; written += block.Length)
                zeros.Write(block);
        }

        Should.Throw<ProgramException>(() => WorkingFolder.Prepare(zip, _programs)).Message.ShouldContain("times as large as 'bomb.zip'");
        Directory.GetFileSystemEntries(_folder.File("programs")).ShouldBeEmpty();
    }

    [Fact]
    public void Prepare_TooManyEntries_IsRefused()
    {
        var zip = Zip([.. Enumerable.Range(0, ZipUnpacker.MaxEntries + 1).Select(i => ($"{i}", ""))]);
        Should.Throw<ProgramException>(() => WorkingFolder.Prepare(zip, _programs)).Message.ShouldContain("20001 entries");
    }

    [Theory]
    [InlineData("no zip at all", ".zip", "can't be unpacked")]
    [InlineData("text", ".txt", "neither a folder nor a .zip")]
    public void Prepare_SomethingElse_SaysSo(string content, string extension, string message)
    {
        var path = _folder.File("work" + extension);
        File.WriteAllText(path, content);
        Should.Throw<ProgramException>(() => WorkingFolder.Prepare(path, _programs)).Message.ShouldContain(message);
    }

    [Fact]
    public void Prepare_NothingThere_NamesIt() => Should.Throw<ProgramException>(() => WorkingFolder.Prepare("/no/such", _programs)).Message.ShouldContain("'/no/such'");

    [Fact]
    public void Resolve_PathOutOfTheFolder_IsRefused()
    {
        var working = new WorkingFolder("/srv/here", "v", IsKept: false);
        working.Resolve("bin/app.dll").ShouldBe("/srv/here/bin/app.dll");
        working.Resolve("/other/app.dll").ShouldBe("/other/app.dll");
        Should.Throw<ProgramException>(() => working.Resolve("../here-not/app.dll")).Message.ShouldContain("leads out of the working_dir");
    }

    private string Zip(params (string Name, string Text)[] files) => Zip(files, static _ => { });

    private string Zip((string Name, string Text)[] files, Action<ZipArchiveEntry> mark)
    {
        var path = _folder.File($"{Guid.NewGuid():N}.zip");
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, text) in files)
        {
            var entry = archive.CreateEntry(name);
            mark(entry);
            using var writer = new StreamWriter(entry.Open());
            writer.Write(text);
        }

        return path;
    }
}
