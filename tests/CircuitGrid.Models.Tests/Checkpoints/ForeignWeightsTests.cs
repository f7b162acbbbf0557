using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Tests.Checkpoints;

public sealed class ForeignWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Folders as each framework writes them, and a word that the sentence must have: what converts it. Names that end in a slash are folders.</summary>
    public static TheoryData<ForeignForm, string, string> Folders => new()
    {
        { ForeignForm.TorchDistributed, "dcp_to_torch", ".metadata __0_0.distcp __1_0.distcp" },
        { ForeignForm.TorchDistributed, "dcp_to_torch", "__0_0.distcp train_state.pt" },
        { ForeignForm.Fsdp, "accelerate merge-weights", "config.json pytorch_model_fsdp_0/ optimizer_0/ scheduler.pt trainer_state.json rng_state_0.pth training_args.bin" },
        { ForeignForm.Fsdp, "accelerate merge-weights", "pytorch_model_fsdp.bin optimizer.bin" },
        { ForeignForm.DeepSpeed, "zero_to_fp32.py", "config.json global_step500/ latest zero_to_fp32.py trainer_state.json rng_state_0.pth scheduler.pt" },
        { ForeignForm.DeepSpeed, "zero_to_fp32.py", "mp_rank_00_model_states.pt bf16_zero_pp_rank_0_mp_rank_00_optim_states.pt" },
        { ForeignForm.DeepSpeed, "zero_to_fp32.py", "zero_pp_rank_0_mp_rank_00_model_states.pt zero_pp_rank_0_mp_rank_00_optim_states.pt" },
        { ForeignForm.Megatron, "Megatron Bridge", "mp_rank_00/ mp_rank_01/" },
        { ForeignForm.Megatron, "Megatron Bridge", "mp_rank_00_000/ mp_rank_00_001/" },
        { ForeignForm.Megatron, "Megatron Bridge", "model_optim_rng.pt" },
        { ForeignForm.Megatron, "Megatron Bridge", "distrib_optim.pt" },
        { ForeignForm.Megatron, "Megatron Bridge", "common.pt metadata.json .metadata __0_0.distcp __0_1.distcp" },
        { ForeignForm.GptNeoX, "tools/ckpts/convert_neox_to_hf.py", "layer_00-model_00-model_states.pt layer_02-model_00-model_states.pt mp_rank_00_model_states.pt zero_pp_rank_0_mp_rank_00_optim_states.pt configs/" },
        { ForeignForm.Adapter, "merge_and_unload", "adapter_config.json adapter_model.safetensors tokenizer.json README.md optimizer.pt trainer_state.json" },
        { ForeignForm.Adapter, "merge_and_unload", "adapter_model.bin" },
        { ForeignForm.Gguf, "gguf_file", "README.md pythia-160m.Q8_0.gguf" },
        { ForeignForm.Flax, "from_flax", "config.json flax_model.msgpack" },
        { ForeignForm.Flax, "from_flax", "config.json flax_model-00001-of-00002.msgpack flax_model.msgpack.index.json" },
        { ForeignForm.TensorFlow, "from_tf", "config.json tf_model.h5" },
        { ForeignForm.TensorFlow, "from_tf", "checkpoint model.ckpt-1000.index model.ckpt-1000.data-00000-of-00001 model.ckpt-1000.meta" },
        { ForeignForm.TensorFlow, "from_tf", "encoder.ckpt.index encoder.ckpt.data-00000-of-00001" },
        { ForeignForm.Llama, "convert_llama_weights_to_hf.py", "consolidated.00.pth params.json tokenizer.model" },
        { ForeignForm.Olmo, "convert_olmo2_to_hf.py", "config.yaml model.pt optim.pt train.pt" },
        { ForeignForm.Orbax, "orbax.checkpoint", "_CHECKPOINT_METADATA default/" },
        { ForeignForm.Orbax, "orbax.checkpoint", "_METADATA manifest.ocdbt ocdbt.process_0/ d/" },
        { ForeignForm.Orbax, "orbax.checkpoint", "orbax.checkpoint pytree/" },
        { ForeignForm.OptimizerAlone, "weights of the same step", "optimizer.pt scheduler.pt trainer_state.json rng_state.pth training_args.bin" },
    };

    [Theory]
    [MemberData(nameof(Folders))]
    public void Recognise_FolderOfEachForm_SaysWhatItIsAndWhatConvertsIt(ForeignForm form, string tool, string names)
    {
        Make(names);

        var (recognised, text) = ForeignWeights.Recognise(_folder.Path)!.Value;
        Assert.Equal(form, recognised);
        Assert.Contains(tool, text, StringComparison.Ordinal);
        Assert.StartsWith("It holds ", text, StringComparison.Ordinal);
        Assert.EndsWith(".", text, StringComparison.Ordinal);

        // As opening says it, with a configuration and without.
        var hasConfig = File.Exists(_folder["config.json"]);
        AssertRefused(hasConfig ? null : $"{_folder.Path}: has no config.json. {text}");
        using (var config = File.Create(_folder["config.json"]))
        {
            ModelSamples.GptNeoX.Write(config, ElementKind.F32);
        }

        AssertRefused($"{_folder.Path}: has no weights: neither model.safetensors nor pytorch_model.bin, whole or in shards with their index. {text}");

        // Beside weights that can be read it is none of anybody's business.
        ModelSamples.Write(_folder.Path, ModelSamples.GptNeoX, seed: 1);
        Assert.Null(ForeignWeights.Recognise(_folder.Path));
        Checkpoint.Open(_folder.Path).Dispose();
    }

    [Fact]
    public void Folders_HaveEveryForm() =>
        Assert.Equal(Enum.GetValues<ForeignForm>(), Folders.Select(row => row.Data.Item1).Distinct().Order());

    [Theory]
    [InlineData("")]
    [InlineData("config.json")]
    [InlineData("config.json tokenizer.json generation_config.json training_args.bin trainer_state.json rng_state.pth scheduler.pt")]
    [InlineData("model.pt")]
    [InlineData("config.yaml")]
    [InlineData("metadata checkpoint step1000/ model_metadata.json ckpt-model.index.txt")]
    [InlineData("model-00001-of-00002.safetensors")]
    public void Recognise_OtherFolders_IsNothing(string names)
    {
        Make(names);

        Assert.Null(ForeignWeights.Recognise(_folder.Path));
    }

    [Fact]
    public void Recognise_NoFolder_IsNothing()
    {
        Assert.Null(ForeignWeights.Recognise(_folder["nowhere"]));
        Assert.EndsWith("doesn't exist", Assert.Throws<InvalidInputException>(() => Checkpoint.Open(_folder["nowhere"])).Message, StringComparison.Ordinal);
    }

    private void Make(string names)
    {
        foreach (var name in names.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (name.EndsWith('/'))
            {
                Directory.CreateDirectory(_folder[name]);
            }
            else
            {
                // Nothing opens it: no form has such content.
                File.WriteAllText(_folder[name], "x");
            }
        }
    }

    private void AssertRefused(string? message)
    {
        var actual = Assert.ThrowsAny<InvalidInputException>(() => Checkpoint.Open(_folder.Path)).Message;
        Assert.False(CheckpointFolder.IsComplete(_folder.Path, out var reason));
        if (message is not null)
        {
            Assert.Equal((message, message), (actual, reason));
        }
    }
}
