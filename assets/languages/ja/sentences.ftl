# ウィンドウより下の階が英語で言うこと。en の sentences.ftl の文と部品に対応します。
# 部品は「。」で終わらず、文は「。」で終わります。{ $gap } には別の部品が入ることがあります。

whole-cannot-read = { $path } を読めません：{ $fault }。{ $remedy }
whole-cannot-write = { $path } に書き込めません：{ $fault }。{ $remedy }
whole-comparing-part = 比較中：{ $concept } を { $name } で：{ $part }
whole-comparing = 比較中：{ $concept } を { $name } で
whole-drawing = 描画中
whole-tokenizer = トークナイザー
whole-tuning = モデルを調整しています
whole-choose-saved = PNG、JPEG、WebP、BMP、GIF、TIFF のどれかで保存した画像を選んでください。
whole-put-pictures = PNG、JPEG、WebP、BMP、GIF、TIFF の画像を 3〜5 枚入れてください。
whole-save-frames = コマを PNG、JPEG、WebP、BMP、GIF、TIFF のどれかで保存してください。
whole-save-all-frames = コマを PNG、JPEG、WebP、BMP、GIF、TIFF のどれかで保存してください。
whole-save-them = PNG、JPEG、WebP、BMP、GIF、TIFF のどれかで保存してください。
whole-picture-left-out = 画像を 1 枚除きました：{ $names }。JPEG で保存してください。
whole-film-left-out = 動画を 1 本除きました：{ $names }。コマを JPEG で保存してください。
whole-pictures-left-out = 画像を { $count } 枚除きました：{ $names }。JPEG で保存してください。
whole-films-left-out = 動画を { $count } 本除きました：{ $names }。コマを JPEG で保存してください。
whole-only-one-card = このパソコンには { $choice } がありません。あるのは { $name } だけです
whole-several-cards = このパソコンには { $choice } がありません。あるのは { $first } から { $last } です
whole-asks-for = このソフトではできない { $what } が必要です
whole-published-configuration = モデルと一緒に公開された設定ファイルを使ってください。
whole-not-understood = 内容を理解できません（{ $key }）
whole-another-model = 別のモデルを選んでください。
whole-mix-length = usual か as-mixed、または 0.4 のような長さ（テキストエンコーダーが二つなら 0.4,0.9）を書いてください
whole-line-without-place = { $number } 行目（「{ $line }」）に、単語を入れるところがありません
whole-one-sentence = 単語を入れるところに { $place } を置いた文を、一つは書いてください。
whole-no-method = 「{ $name }」という手法はありません
whole-shares-are-estimates = これらの割合は、それ自身も偏りを持つモデル（CLIP）が、少ない絵から見積もったものです。絵と見比べ、区間とともに読んでください。
whole-began-unsaid = 単語にはじめの言葉が記されていないので、CLIP には手がかりがありません
whole-leave-out-clip-word = --clip-word を外すか、単語を学習した記録を指定してください。
whole-values-changed = 使えない値を変えました：{ $changed }
whole-to-usual = { $key } を標準に
whole-could-not-start = エンジンを開始できませんでした（{ $why }）
whole-files-without-word = { $count } 個のファイルには、使える単語がありません：{ $files }。
whole-unread-captions = 読めないキャプションが { $count } 個あり、除きました：{ $files }。

# base/aside.rs
said-it-is-kept-beside-as-correct = { $a }：{ $fault }。{ $name } という名前で同じ場所に残してあります。テキストエディターで直して元の名前に戻すか、削除してください。
said-it-is-kept-as = { $fault }{ $a } として残してあります。
said-it-could-not-be-kept-beside = { $fault }同じ場所に残すことはできませんでした：{ $error }

# base/claim.rs
said-another-pseudoword-is-in-this-folder = 別の Pseudoword{ $a } がこのフォルダーで作業しています（{ $doing }）
said-wait-for-it-or-stop-it = 終わるのを待つか、それを止めるか、別のフォルダーを選んでください。

# base/error.rs
said-cannot = { $a } に対して { $action } ができません：{ $fault }。{ $remedy }
said-stopped-as-asked = 指示どおりに停止しました。
said-something-went-wrong-inside-pseudoword-your = Pseudoword の内部で問題が起きました：{ $a }。ファイルは最後に保存したときのままです。この問題をご報告ください。
said-check-that-it-exists-and-that = その場所にあるか、読み取りが許可されているかを確認してください。
said-check-that-the-folder-exists-that = フォルダーがあるか、書き込みが許可されているか、ディスクに空きがあるかを確認してください。
said-it-is-a-folder-not-a = ファイルではなくフォルダーです
said-name-a-file = ファイルを指定してください。
said-is-a-file-not-a-folder = { $it } はフォルダーではなくファイルです
said-choose-a-folder-or-another-name = フォルダーを選ぶか、別の名前にしてください。
said-nothing-can-be-made-there = そこには何も作れません
said-choose-another-place = 別の場所を選んでください。
said-check-the-path-and-that-the = パスが正しいか、ドライブが接続されているかを確認してください。
said-there-is-no-folder = フォルダー { $a } がありません

# base/json.rs
said-it-is-not-readable-as-json = JSON として読めません（{ $error }）

# base/places.rs
said-this-is-neither-a-file-nor = ファイルでもフォルダーでもなく、パイプかデバイスです
said-write-it-to-a-file-first = 先にファイルに書き出してください。

# base/stranger.rs
said-it-begins-with-nothing-but-zeros = 先頭がゼロばかりです。ダウンロードかコピーが最後まで終わっていません
said-it-is-in-which-the-file = これは{ $archive }です。目的のファイルはこの中にあるかもしれません
said-unpack-it-and-choose-the-file = 展開して、中のファイルを選んでください。
said-it-is-which-cannot-be-read = これは{ $what }で、読み込めません
said-it-is = これは{ $a }です
said-download-or-copy-it-again-complete = もう一度、最後までダウンロードかコピーをしてください。
said-choose-the-model-as-a-safetensors = .safetensors か .ckpt のファイル、または diffusers 形式のフォルダーのモデルを選んでください。
said-choose-the-file-of-a-learned = 学習した単語のファイル（.safetensors、.pt、.bin、PNG の画像カード）を選んでください。
said-choose-a-picture-or-save-this = 画像を選ぶか、これを PNG か JPEG で保存してください。
said-check-that-it-is-the-right = 正しいファイルかどうか確認してください。
said-its-ending-says-that-its-download = 拡張子が .{ $ending } なので、ダウンロードがまだ終わっていません
said-its-download-has-not-come-to = ダウンロードがまだ終わっていません。隣に { $a }.{ $ending } があります
said-let-the-download-finish-or-start = ダウンロードが終わるのを待つか、やり直してください。
said-it-is-an-svg-drawing-which = これは SVG の図で、読み込めません
said-it-is-the-text-of-a = これはプログラムのテキストです
said-it-is-a-text-file-json = これはテキストファイル（JSON）です
said-it-is-a-text-file = これはテキストファイルです
said-it-is-only-the-note-that = これは Git が大きなファイルの代わりに置いた目印（Git LFS のポインター）にすぎません
said-fetch-the-file-itself-with-git = 「git lfs pull」で本体を取得するか、配布ページからダウンロードしてください。
said-it-is-only-the-note-that-git = これは git-annex が大きなファイルの代わりに置いた目印にすぎません
said-fetch-the-file-itself-with-git-annex = 「git annex get」で本体を取得するか、配布ページからダウンロードしてください。
said-it-is-a-web-page-that = ファイルの代わりにウェブページが保存されています
said-open-its-page-in-a-browser = ブラウザーで配布ページを開き、求められたらログインして、そこのダウンロードボタンを使ってください。
said-it-is-only-a-link-to = これはファイルのある場所へのリンクにすぎません
said-follow-the-link-and-download-the = リンクを開いて、ファイルの本体をダウンロードしてください。
said-it-is-a-torrent-a-list = これは torrent ファイルで、ファイルのある場所の一覧です
said-open-it-with-a-program-for = torrent 用のソフトで開き、取得したファイルを選んでください。
said-open-its-page-in-a-browser-log = ブラウザーで配布ページを開き、ログインして、利用条件があれば同意し、もう一度ダウンロードしてください。
said-it-is-a-servers-message-that = 「このファイルはだれにでも渡せるものではない」というサーバーの返事が、ファイルの代わりに保存されています
said-it-is-a-servers-message-that-there = 「そのファイルはない」というサーバーの返事が、ファイルの代わりに保存されています
said-check-the-address-and-download-the = アドレスを確認して、もう一度ダウンロードしてください。
said-it-is-a-servers-error-message = サーバーのエラーメッセージが、ファイルの代わりに保存されています
said-download-the-file-again-best-with = もう一度ダウンロードしてください。配布ページのダウンロードボタンを使うのが確実です。
said-an-archive-zip = 圧縮ファイル（zip）
said-an-archive-7z = 圧縮ファイル（7z）
said-an-archive-rar = 圧縮ファイル（rar）
said-a-compressed-file-gzip = 圧縮ファイル（gzip）
said-a-compressed-file-xz = 圧縮ファイル（xz）
said-a-compressed-file-zstd = 圧縮ファイル（zstd）
said-a-compressed-file-bzip2 = 圧縮ファイル（bzip2）
said-an-archive-cab = 圧縮ファイル（cab）
said-an-archive-tar = アーカイブ（tar）
said-a-file-of-numbers-safetensors-a = 数値のファイル（safetensors：モデル、学習した単語、またはモデルへの追加）
said-a-file-of-pytorchs-a-model = PyTorch のファイル（モデル、学習した単語、またはモデルへの追加）
said-a-picture-png = 画像（PNG）
said-a-picture-jpeg = 画像（JPEG）
said-a-picture-gif = 画像（GIF）
said-a-picture-webp = 画像（WebP）
said-a-picture-tiff = 画像（TIFF）
said-a-gguf-file-whose-numbers-are = GGUF ファイル（ほかのソフト用に数値を粗くしたもので、単語の学習には使えません）
said-an-onnx-file-a-network-prepared = ONNX ファイル（ほかのソフト用に変換したもので、学習には使えません）
said-an-hdf5-file-keras-which-is = HDF5 ファイル（Keras 用で、ここでは読み込めません）
said-a-file-of-numpys-npy-which = NumPy のファイル（.npy で、ここでは読み込めません）
said-a-tensorflow-lite-file-a-network = TensorFlow Lite のファイル（スマートフォン用に変換したネットワーク）
said-a-tensorrt-engine-a-network-prepared = TensorRT のエンジン（特定のグラフィックスカード用に変換したネットワーク）
said-a-pdf-document = PDF 文書
said-a-program = プログラム
said-a-database = データベース
said-a-sound = 音声

# base/stranger/pictures.rs
said-an-svg-drawing = SVG の図
said-a-raw-photo = RAW 写真
said-a-jpeg-xl-picture = JPEG XL の画像
said-a-jpeg-2000-picture = JPEG 2000 の画像
said-a-jpeg-xr-picture = JPEG XR の画像
said-a-photoshop-document = Photoshop の文書
said-a-gimp-document = GIMP の文書
said-an-openexr-picture = OpenEXR の画像
said-an-hdr-picture = HDR の画像
said-a-qoi-picture = QOI の画像
said-a-dds-texture = DDS のテクスチャー
said-a-bigtiff-picture = BigTIFF の画像
said-an-avif-picture = AVIF の画像
said-a-heic-picture = HEIC の画像

# base/system.rs
said-check-that-the-drive-is-connected = ドライブが正しく接続され、故障していないかを確認するか、別のドライブのフォルダーを選んでください。
said-there-is-no-room-left-on = ディスクに空きがありません
said-make-room-there-or-choose-a = 空きを作るか、別のディスクのフォルダーを選んでください。
said-your-share-of-the-disk-is = ディスクの割り当てを使い切っています
said-the-system-does-not-permit-it = システムに許可されていません
said-check-who-may-read-and-write = そこを読み書きする権限を確認するか、別の場所を選んでください。
said-the-disk-can-only-be-read = このディスクは読み取り専用です
said-choose-a-folder-on-another-disk = 別のディスクのフォルダーを選ぶか、このディスクの書き込み禁止を解除してください。
said-there-is-no-such-file-or = そのようなファイルやフォルダーはありません
said-a-part-of-its-path-is = パスの途中に、フォルダーではなくファイルがあります
said-something-of-that-name-is-there = 同じ名前のものがすでにあります
said-choose-another-name = 別の名前にしてください。
said-the-folder-is-not-empty = フォルダーが空ではありません
said-choose-another-folder-or-empty-this = 別のフォルダーを選ぶか、このフォルダーを空にしてください。
said-its-name-is-too-long-for = このディスクやシステムには名前が長すぎます
said-choose-a-shorter-name-or-a = 短い名前にするか、もっと浅い階層のフォルダーを選んでください。
said-the-disk-or-the-system-takes = このディスクやシステムでは使えない名前です
said-choose-a-name-of-letters-and = 英数字の名前にするか、別のディスクのフォルダーを選んでください。
said-the-file-would-be-larger-than = ファイルが、ディスクやシステムで許される大きさを超えます
said-choose-a-folder-on-another-disk-one = 別のディスクのフォルダーを選んでください。FAT32 形式のディスクに置けるのは 4 GB までです。
said-another-program-is-using-it = ほかのソフトが使用中です
said-close-it-there-then-try-again = そのソフトで閉じてから、もう一度試してください。
said-too-many-files-are-open-at = 開いているファイルが多すぎます
said-close-other-programs-then-try-again = ほかのソフトを閉じてから、もう一度試してください。
said-the-computer-has-too-little-free = パソコンの空きメモリーが足りません
said-the-drive-itself-fails-to-read = ドライブが読み書きに失敗しています
said-copy-what-you-can-to-another = できるだけ別のドライブにコピーしてください。ドライブかケーブルが壊れかけているかもしれません。
said-the-drive-is-not-there-any = ドライブが見つからなくなりました
said-the-network-or-the-network-drive = ネットワークかネットワークドライブが応答しません
said-its-links-lead-in-a-circle = リンクが循環しています
said-remove-the-link-that-leads-back = 自分自身に戻るリンクを削除してください。
said-the-drive-cannot-do-this = このドライブではできない操作です
said-choose-a-folder-on-another-disk-b = 別のディスクのフォルダーを選んでください。
said-the-virus-scanner-stops-it = ウイルス対策ソフトに止められています
said-look-at-what-the-virus-scanner = ウイルス対策ソフトの表示を確認するか、別のフォルダーを選んでください。
said-the-service-that-keeps-it-in = クラウドのサービスからファイルを受け取れません
said-let-the-service-keep-it-on = このパソコンにも保存するようにサービスを設定するか、このパソコンのフォルダーを選んでください。

# base/text_file.rs
said-save-it-again-as-utf-8 = UTF-8（Unicode）のテキストとして保存し直してください。
said-it-is-not-text-in-utf = UTF-8 や UTF-16 のテキストではありません
said-it-is-bytes-long-far-too = { $length } バイトあり、この種類のファイルとしては大きすぎます

# project/checkpoint.rs
said-put-a-whole-copy-in-its = 壊れていないコピーと置き換えるか、別のステップを使ってください。
said-this-checkpoint-is-damaged = このチェックポイントは壊れています（{ $fault }）
said-it-has-no-counters = カウンターがありません
said-its-layout-is-from-another-version = 形式 { $a } は別のバージョンのものです
said-is-missing = { $name } がありません
said-the-vectors-are-not-a-table = ベクトルが表になっていません
said-its-tables-differ-in-size = 表の大きさがそろっていません
said-its-checksum-is-wrong = チェックサムが合いません

# project/concept.rs
said-write-it-like-cat-toy-letters = <cat-toy> のように書いてください。各国の文字、数字、「-」「_」「.」が使えます。
said-the-new-word-is-empty = 新しい単語が空です
said-the-new-word-has-characters-is = 新しい単語は { $length } 文字ですが、{ $max_characters } 文字までです
said-the-new-word-contains-a-space = 新しい単語「{ $a }」に、プロンプトで単語を分けてしまう空白か見えない文字（U+{ $b }）があります
said-the-new-word-contains-which-means = 新しい単語「{ $word }」に、プロンプトやファイル名で別の意味を持つ「{ $c }」があります
said-the-new-word-has-an-angle = 新しい単語「{ $word }」に、全体を囲む一組ではない山括弧があります
said-the-new-word-has-nothing-between = 新しい単語「{ $word }」の括弧の中が空です
said-the-new-word-is-only-a = 新しい単語「{ $word }」は数字だけで、プロンプトではすでに別の意味で使われます
said-there-is-no-initial-word = はじめの言葉がありません
said-name-with-one-or-two-common = 画像に写っているものを、「cat」や「watercolor」のような普通の言葉（英語）一つか二つで書いてください。

# project/dataset.rs
said-no-picture-is-switched-on-there = 有効な画像がないので、学習するものがありません。
said-pictures-are-many-about-five-different = 画像が { $count } 枚あり、多めです。違う見え方のものが五枚ほどあると、最も使いやすい単語になります。
said-has-only-pixels-where-are-learned = { $name } は { $side } ピクセルしかなく、{ $resolution } ピクセルで学習するので、ぼやけて見えます。
said-is-the-same-picture-as = { $a } は { $b } と同じ画像です。
said-here-or-in-the-other-places = ここにもほかの場所にも
said-in-this-folder = このフォルダーに
said-there-is-no-picture-only-in = { $here }画像がなく、{ $name } など、中のフォルダーにだけあります
said-choose-that-folder-those-inside-are = 画像のあるフォルダーを選んでください。中のフォルダーまでは調べません。
said-this-is-not-a-picture = 画像ではありません
said-choose-one-that-is-saved = 次の形式で保存した画像を選んでください
said-there-is-no-picture = { $here }画像がありません
said-put-three-to-five-pictures-in = 画像を 3〜5 枚入れてください
said-is-a-film = { $name } は動画です
said-save-frames-of-it = コマを保存してください
said-is-in-a-format-that-cannot = { $name } は読み込めない形式です
said-save-it = 保存し直してください
said-there-is-no-picture-only-films = { $here }画像がなく、動画（{ $name } など）だけがあります
said-save-frames-of-them = コマを保存してください
said-the-pictures-such-as-are-in = { $here }ある画像（{ $name } など）は読み込めない形式です
said-save-them = 保存し直してください
said-as-png-jpeg-webp-bmp-gif = { $start }（PNG、JPEG、WebP、BMP、GIF、TIFF）。

# project/dataset/faults.rs
said-of-pictures-cannot-be-used-and = { $of } 枚中 { $a } 枚の画像が使えないため、除きます：{ $b }。
said-of-pictures-cannot-be-used = { $of } 枚中 { $a } 枚の画像が使えません：{ $b }
said-save-them-again-from-their-originals = 元のファイルから保存し直すか、外してください。

# project/dataset/listing.rs
said-choose-pictures-or-the-folder-that = 画像か、画像の入ったフォルダーを選んでください。
said-there-is-no-such-folder-or = そのようなフォルダーやファイルはありません
said-1-was-left-out-save-it = { $what } を 1 件除きました：{ $names }。{ $how }JPEG で保存してください。
said-s-were-left-out-save-them = { $what } を { $count } 件除きました：{ $names }。{ $how }JPEG で保存してください。

# project/dataset/permission.rs
said-leave-out-what-you-have-no = 使う権利のないものは外すか、学習してよい理由を記録してください。ウィンドウでは画像の隣に、コマンドでは --despite-mark "REASON" で書けます。
said-it-is-marked-against-learning-from = 学習禁止の印があります（{ $marks }）
said-of-pictures-are-marked-against-learning = { $of } 枚中 { $count } 枚の画像に学習禁止の印があります：{ $named }{ $more }

# project/files.rs
said-correct-it-with-a-text-editor = テキストエディターで直してください。
said-cannot-be-written-as-toml = TOML として書けません：{ $a }
said-give-every-file-and-folder-a = すべてのファイルとフォルダーを Unicode の名前にしてください。
said-line = { $line } 行目：{ $message }

# project/picture.rs
said-the-mask-or-the-transparency-leaves = マスクか透明な部分のために、学習するところが残っていません
said-make-white-or-opaque-what-should = 学習させたいところを白く（または不透明に）するか、切り抜きを動かしてください。
said-choose-a-square-inside-of-the = 画像の内側の正方形を選んでください。
said-the-chosen-crop-lies-outside-of = 選んだ切り抜きが画像の外にあります
said-this-picture-is-too-large-x = この画像は大きすぎます（{ $width } x { $height } ピクセル）
said-make-it-smaller-2000-pixels-are = 小さくしてください。2000 ピクセルあれば十分です。
said-this-picture-is-cut-off-its = この画像は途中で切れていて、終わりがありません
said-copy-it-again-from-the-original = 元のファイルからコピーし直すか、外してください。
said-this-picture-has-no-pixels = この画像にはピクセルがありません
said-replace-it = 別の画像に替えてください。
said-this-picture-is-too-large-mib = この画像は大きすぎます（{ $a } MiB）
said-this-picture-is-too-large = この画像は大きすぎます
said-this-picture-is-damaged = この画像は壊れています
said-save-it-again-from-the-original = 元のファイルから保存し直すか、外してください。
said-this-file-is-empty = このファイルは空です
said-this-kind-of-cannot-be-read = この種類の { $kind } は読み込めません
said-save-it-as-png-or-jpeg = PNG か JPEG で保存してください。
said-this-is-not-a-picture-in = 読み込める形式の画像ではありません
said-save-it-as-png-jpeg-webp = PNG、JPEG、WebP、BMP、GIF、TIFF のどれかで保存してください。
said-this-mask-is-x-pixels-its = マスクは { $w } x { $h } ピクセル、画像は（正しい向きで）{ $width } x { $height } ピクセルです
said-give-the-mask-the-proportions-of = マスクを画像と同じ縦横比にしてください。

# project/picture/marks.rs
said-iptc-data-mining = IPTC データマイニング：{ $a }
said-iptc-data-mining-prohibited = IPTC データマイニング：禁止
said-text-and-data-mining-reserved-tdmrep = テキストとデータのマイニングの権利を留保（TDMRep）
said-not-allowed = 許可なし
said-under-conditions-only = 条件付きでのみ許可

# project/picture/outline.rs
said-the-picture-is-too-small-or = 画像が小さすぎるか細すぎて、物を探せません。
said-nothing-stands-out-clearly-from-what = 周りからはっきり区別できるものがありません。手で塗ってください。

# project/picture/tiff.rs
said-this-kind-of-tiff = この種類の TIFF
said-samples-of-this-kind = この種類のサンプル

# project/run.rs
said-is-where-the-run-keeps-its = { $a } には、学習の記録 { $b } のチェックポイントがあります
said-choose-another-folder-the-run-goes = 別のフォルダーを選んでください。学習の続きにはこれらが必要です。
said-this-run-has-no-checkpoint-yet = この学習の記録には、まだチェックポイントがありません
said-let-it-learn-until-its-first = 最初のチェックポイントまで学習させてください。
said-its-only-checkpoint-cannot-be-used = ただ一つのチェックポイントが使えません（{ $fault }）
said-none-of-its-checkpoints-can-be = { $count } 個のチェックポイントがどれも使えません（{ $fault }）
said-put-a-whole-copy-of-one = どれか一つを壊れていないコピーと置き換えるか、別のフォルダーで学習を始めてください。
said-resume-that-run-or-choose-another = その学習を続けるか、別のフォルダーを選んでください。
said-this-folder-already-holds-a-run = このフォルダーにはすでに学習の記録があります
said-choose-the-folder-that-learn-wrote = 学習したときに書き込まれたフォルダーを選んでください。
said-this-is-a-file-not-the = 学習の記録のフォルダーではなく、ファイルです
said-this-folder-is-not-a-run = このフォルダーは学習の記録ではありません（run.toml がありません）
said-this-run-was-made-by-a = この学習の記録は、新しいバージョンの Pseudoword で作られています
said-update-pseudoword-to-open-it = 開くには Pseudoword を更新してください。
said-this-checkpoint-belongs-to-step = このチェックポイントはステップ { $a } のものです
said-give-the-file-its-own-name = ファイルを元の名前に戻してください。
said-put-the-runs-own-checkpoint-or = この学習の記録のチェックポイントか run.toml を元に戻してください。
said-no-step-of-it-was-kept = まだどのステップも保存されていません。
said-take-step-the-only-one-that = 保存されているのはステップ { $one } だけです。それを使ってください。
said-take-one-of-these = 次のどれかを使ってください：{ $a }。
said-take-one-of-the-from-to = { $first } から { $last } までの { $count } 個のどれかを使ってください。近いのは { $a } です。
said-step-was-not-kept-in-this = この学習の記録には、ステップ { $step } が保存されていません
said-it-is-kept-beside-as = { $a }：{ $fault }。{ $name } という名前で同じ場所に残してあります。

# project/verdict.rs
said-its-pictures-are-the-most-like = プロンプトに従いながら、最も画像に似ています（似ている度合い { $a }、従う度合い { $b }）
said-it-explains-what-was-kept-out = 学習に使わなかった画像を最もよく説明します（損失 { $loss }）
said-the-pictures-have-not-come-closer = ステップ { $a } から、絵が画像に近づいていません。単語は身についています。
said-the-word-has-hardly-changed-anything = 単語が { $window } ステップの間ほとんど何も変えていません。単語は身についています。
said-the-word-has-grown-times-as = 単語が、最も長い普通の言葉の { $times } 倍の長さになり、文のほかの部分をかき消しています。動かし方を「回転」にするか（--optimizer directional）、学習率を下げてください。
said-its-pictures-come-closer-to-what = 絵が、物そのものより周りのものに近づいています。背景の違う画像か、マスクを使ってください。
said-it-draws-your-pictures-again-whatever = 何を頼んでも元の画像を描くようになっています。似ている度合いは上がり、従う度合いは下がっています。もっと前のステップにするか、ベクトルかステップを減らしてください。

# text/prompt/remarks.rs
said-has-a-part-that-is-never = 「{ $shown }」には描かれない部分があります。描画が { $steps } ステップだからです。
said-there-is-more-in-the-prompt = プロンプトには、ほかにも { $others } か所、分からないところがあります。
said-is-left-out-only-learned-words = 「{ $shown }」は除きます。使えるのは学習した単語だけです。
said-is-left-out-no-learned-word = 「{ $shown }」は除きます。この名前の学習した単語は選ばれていません。
said-the-signs-around-the-learned-word = 「{ $shown }」の学習した単語の周りの記号は、文字として読まれます。強さは (name:1.2) のように書いてください。
said-has-no-weight-that-can-be = 「{ $shown }」には使える強さがありません。(word:1.2) のように、100 までの数を小数点付きで書いてください。
said-is-read-as-plain-text-a = 「{ $shown }」は普通の文字として読まれます。強さには (word:1.2) のように括弧が必要です。
said-is-not-closed-so-it-is = 「{ $shown }」は閉じられていないので、弱い言葉として読まれます。] を加えてください。
said-is-not-closed-so-its-weight = 「{ $shown }」は閉じられていないので、強さが文字として読まれます。) を加えてください。
said-is-read-as-plain-text-it = 「{ $shown }」は普通の文字として読まれます。ここでは意味がありません。
said-and-in-a-negative-prompt-is = ネガティブプロンプトの AND は言葉として読まれます。
said-is-read-as-words-that-count = 「{ $shown }」は弱い言葉として読まれます。一方から他方へ移るには [one:other:0.5] と書いてください。
said-is-read-as-words-that-count-less = 「{ $shown }」は弱い言葉として読まれます。交互に使うには [one|other]、移るには [one:other:0.5] と書いてください。
said-is-read-as-plain-text-no = 「{ $shown }」は普通の文字として読まれます。この名前の学習した単語は選ばれていません。
said-is-read-as-plain-text-braces = 「{ $shown }」は普通の文字として読まれます。波括弧はここでは意味がありません。
said-is-read-as-plain-text-lists = 「{ $shown }」は普通の文字として読まれます。言葉のリストはここでは使えません。
said-is-read-as-plain-text-weights = 「{ $shown }」は普通の文字として読まれます。強さは (word:1.2) のように書きます。

# model/memory/mod.rs
said-u-net-in-8-bits = 8 ビットの U-Net
said-text-encoders = テキストエンコーダー
said-kept-of-the-text-encoders = テキストエンコーダーの途中の値
said-token-tables = トークンの表
said-the-program = ソフト自体
said-kept-between-the-segments = 区間の間の値
said-kept-of-the-largest-segment = 最大の区間の途中の値
said-kept-of-the-u-net = U-Net の途中の値
said-at-work = 計算中の作業用
said-kept-by-plain-operations = 普通の演算の途中の値
said-what-is-learned-and-its-gradient = 学習するものとその勾配
said-what-is-learned-its-gradient-and = 学習するものとその勾配、モーメント
said-a-checkpoint-while-it-is-written = 書き出し中のチェックポイント
said-the-other-networks = ほかのネットワーク
said-autoencoder = オートエンコーダー
said-its-pictures = オートエンコーダーの画像
said-handed-on = 受け渡す値

# inversion/diagnostics.rs
said-the-word-has-hardly-changed-in = 単語が 100 ステップの間ほとんど変わらず、何も学習していません。文に単語が入っているか、学習率が小さすぎないかを確認してください。

# engine/device.rs
said-this-computer-offers-no-there = このパソコンには { $choice } がありません（there { $numbers } { $name }:{ $a }）
said-run-pseudoword-devices-to-see-which = 「pseudoword devices」を実行すると、カードの番号が分かります。
said-this-computer-offers-no-adapter-for = このパソコンには --device { $choice } に当たるデバイスがありません
said-run-pseudoword-devices-to-see-what = 「pseudoword devices」で何があるかを確認し、グラフィックスドライバーを更新するか、--device cpu を使ってください。
said-is-a-driver-that-runs-on = { $a }（{ $b }）はプロセッサーで動くドライバーで、ここでは異常終了します
said-use-device-cpu-which-is-much = ずっと速い --device cpu を使うか、ソフトウェアで描画を試すなら --device gl を使ってください。
said-could-not-be-started = { $a }（{ $b }）を開始できませんでした：{ $error }
said-update-the-graphics-driver-close-other = グラフィックスドライバーを更新するか、カードを使っているほかのソフトを閉じるか、別のデバイスを選んでください。
said-cannot-be-opened-again-in-this = { $a }（{ $b }）は、ソフトを起動し直すまで開けません
said-choose-another-device-or-start-pseudoword = 別のデバイスを選ぶか、Pseudoword を起動し直してください。
said-cannot-calculate-in = { $a } は { $b } で計算できません
said-use-precision-f32 = 数の形式を 32 ビットにしてください（--precision f32）。
said-processor = { $a } プロセッサー
said-threads = { $a } スレッド
said-no-reason-given = 理由は不明
said-the-connection-to-the-device-was = デバイスとの接続が切れました
said-the-device-has-too-little-memory = デバイスのメモリーが足りません（{ $first_line }）
said-choose-a-smaller-size-or-batch = サイズか一度に見る枚数を小さくするか、16 ビットにするか（--precision f16）、カードを使っているほかのソフトを閉じてください。
said-go-on-from-the-last-checkpoint = 最後のチェックポイントから続けてください。また起きたら、別のデバイスを選んでください。

# engine/handle.rs
said-more-was-asked-for-than-can = 今のステップが終わるまでに待てる数より多くのことが頼まれました
said-wait-for-a-moment-and-ask = 少し待って、もう一度試してください。
said-the-connection-to-was-cut-the = { $a } との接続が切れました。単語は最後のステップのまま残り、そのマシンが戻ると続きを学習します。停止すると、そのまま終わります。
said-goes-on-being-used = { $error } { $a } を引き続き使います。

# engine/jobs/edit.rs
said-fitting-the-background = 背景を合わせています

# engine/jobs/evaluate/scorer.rs
said-drawing-for-the-scores = 評価用の絵を描いています

# engine/jobs/explain.rs
said-comparing-with-the-vocabulary = 語彙と比べています

# engine/jobs/explain/heat.rs
said-looking-where-words-are-looked-for = 言葉が絵のどこに効くかを調べています

# engine/jobs/invert.rs
said-inverting-the-picture = 画像をノイズに戻しています

# engine/jobs/learn.rs
said-preparing-the-card = カードを準備しています

# engine/jobs/learn/clip_start.rs
said-letting-clip-find-the-word = CLIP で言葉を探しています

# engine/jobs/learn/images.rs
said-looking-at-the-pictures = 画像を調べています
said-encoding-pictures = 画像を符号化しています

# engine/jobs/learn/masks.rs
said-looking-for-the-thing = 物を探しています

# engine/jobs/learn/measure.rs
said-measuring-the-loss = 損失を測っています

# engine/jobs/measure.rs
said-measuring-this-device = デバイスを計測しています

# engine/jobs/suggest.rs
said-reading-the-words-of-the-model = モデルの言葉を読み込んでいます

# engine/queue.rs
said-a-drawing-waits-until-the-word = 描画は、単語の学習が終わるか停止するまで待ちます。学習中とは別のモデル、LoRA、または数の形式（精度、重み）で描くためです。
said-jobs-wait-already-which-is-as = すでに { $most_waiting } 件のジョブが待っていて、これ以上は追加できません
said-let-some-of-them-end-or = いくつか終わるのを待つか、待っているジョブを減らしてください。

# engine/remote.rs
said-copy-the-token-file-from-that = そのマシンからトークンのファイルをコピーし、指定してください（--token-file）。
said-install-the-same-version-on-both = 両方のマシンに同じバージョンを入れてください。
said-it-knows-operations-of-version-this = 相手の演算はバージョン { $theirs }、このソフトは { $ours } です
said-another-machines-processor = 別のマシンのプロセッサー
said-another-machines-card = 別のマシンのカード
said-encrypted = 暗号化
said-not-encrypted = 暗号化なし
said-copy-the-line-that-pseudoword-serve = そのマシンで「pseudoword serve」が表示する行をコピーしてください。
said-is-no-machines-id = { $id } はマシンの ID ではありません（{ $error }）
said-could-not-be-found = { $address } が見つかりません（{ $error }）
said-is-another-version-of-pseudoword = { $a } の Pseudoword は別のバージョンです：{ $what }
said-does-not-let-this-program-in = { $name } に入れません。トークンがないか、違っています
said-cannot-be-reached = { $name } に接続できません（{ $error }）
said-see-that-pseudoword-serve-is-running = そのマシンで「pseudoword serve」が動いているか、間にファイアウォールがないかを確認して、もう一度試してください。

# models/download/faults.rs
said-check-the-connection-to-the-internet = インターネットへの接続を確認し、ダウンロードを再開してください。届いた分は残っています。
said-the-server-cannot-be-found-the = サーバーが見つかりません。パソコンがインターネットにつながっていないかもしれません
said-the-server-did-not-answer-in = サーバーが時間内に応答しませんでした
said-the-connection-was-cut = 接続が切れました（{ $plain }）
said-check-the-computers-date-and-whether = パソコンの日付が正しいか、通信に割り込むソフトやプロキシがないかを確認してください。
said-the-server-cannot-prove-who-it = サーバーが本物だと確認できないため、何も送りませんでした
said-check-the-variables-https-proxy-and = 環境変数 HTTPS_PROXY と NO_PROXY を確認し、プロキシがパスワードを求めていないか調べてください。
said-the-proxy-lets-no-connection-through = プロキシが接続を通しません
said-the-server-answered-in-a-way = サーバーの応答が HTTP ではありません
said-the-server-does-not-accept-the = サーバーが { $what } へのアクセストークンを受け付けません（401）
said-make-a-new-token-at-https = https://huggingface.co/settings/tokens で新しいトークンを作り、環境変数 HF_TOKEN に入れてください。
said-the-server-asks-who-you-are = サーバーは { $what } を渡す前に、だれなのかを尋ねています（401）
said-accept-the-models-licence-on-its = モデルのページでライセンスに同意し、https://huggingface.co/settings/tokens でアクセストークンを作り、環境変数 HF_TOKEN に入れてください。
said-the-server-refuses-403 = サーバーが { $what } を拒否しています（403）
said-open-the-models-page-while-signed = サインインしてモデルのページを開き、ライセンスに同意し、アクセストークンで読めるかを確認してください。
said-the-server-has-no = サーバーに { $what } がありません（{ $a }）
said-it-may-have-been-moved-or = 移動か改名されたのかもしれません。モデルのページか、環境変数 HF_ENDPOINT（設定している場合）を確認してください。
said-the-server-has-too-many-requests = サーバーが混み合っています（429）
said-the-server-is-in-trouble = サーバーに問題が起きています（{ $a }）
said-the-server-answered-with-which-says = サーバーが { $what } に { $other } と応答しました。このソフトには意味が分かりません
said-try-again-later-or-check-the = 後でもう一度試すか、環境変数 HF_ENDPOINT（設定している場合）を確認してください。
said-the-disk-of-is-full = { $a } のディスクに空きがありません
said-free-some-room-then-resume-the = 空きを作り、ダウンロードを再開してください。届いた分は残っています。

# models/download/hub.rs
said-the-variable-hf-hub-offline-forbids = 環境変数 HF_HUB_OFFLINE でダウンロードが禁止されています
said-unset-it-to-download-models = モデルをダウンロードするには、その設定を消してください。
said-is-no-address-to-download-from = 「{ $endpoint }」はダウンロードできるアドレスではありません
said-write-hf-endpoint-like-https-huggingface = HF_ENDPOINT を https://huggingface.co のように書くか、設定を消してください。
said-the-proxy-that-the-variable-names = 環境変数 { $name } のプロキシは使えません
said-write-it-like-http-proxy-example = http://proxy.example:3128 のように書くか、設定を消してください。

# models/download/job.rs
said-wait-for-it-or-stop-it-there = 終わるのを待つか、そちらで止めてください。
said-another-window-of-this-program-downloads = このソフトの別のウィンドウが、このモデルをダウンロードしています
said-the-repository-no-longer-has = リポジトリ { $a } に { $b } がなくなりました
said-a-newer-version-of-this-program = 新しいバージョンのソフトなら、今の場所が分かるかもしれません。
said-there-is-not-enough-room-in = { $a } の空きが足りません。必要なのは { $b }、空きは { $c } です
said-free-some-then-start-the-download = 空きを作り、もう一度ダウンロードを始めてください。
said-the-server-does-not-answer-like = モデルを配布しているサーバーの応答ではありません
said-a-sign-in-page-may-stand = 途中にサインインのページがあるのかもしれません。https://huggingface.co をブラウザーで開くか、HF_ENDPOINT を確認してください。

# models/download/list.rs
said-the-usual-model-to-learn-a = 最初の単語の学習に向く標準のモデルです。512 ピクセルで、8 GB のカードで足ります。
said-larger-and-more-faithful-pictures-of = 1024 ピクセルの、より大きく忠実な絵になります。16 GB 以上のカード向けです。
said-the-model-of-the-paper-that = 単語の学習を初めて示した論文のモデルです。256 ピクセルで、論文の結果と比べるためのものです。
said-the-judge-that-scores-how-well = 論文と同じく、単語が画像に似ている度合いとプロンプトに従う度合いを評価します。

# models/download/partial_file.rs
said-did-not-arrive-as-it-was = { $a } が公開されたとおりに届きませんでした。チェックサムが合わないため、削除しました
said-download-it-again-if-that-happens = もう一度ダウンロードしてください。また起きたら、別のネットワークかサーバーを試してください。

# models/download/response.rs
said-the-connection-was-cut-b = 接続が切れました
said-the-server-sends-this-program-to = サーバーから、たどれないアドレスに案内されました

# models/download/transfer.rs
said-the-server-has-another-version-of = サーバーのファイルが別のバージョンに変わっています
said-the-connection-ended-early = 接続が途中で終わりました
said-the-server-sends-something-else-than = サーバーから { $a } ではないものが送られてきました。長さが一覧と違います
said-a-proxy-or-a-sign-in = 途中にプロキシかサインインのページがあるのかもしれません。モデルのページをブラウザーで開き、もう一度試してください。

# disk/drafts.rs
said-this-concept-is-open-in-another = このコンセプトは別のウィンドウで開かれています
said-go-on-with-it-there-or = そちらで続けるか、先にそちらで閉じてください。
said-check-how-the-path-is-written = パスの書き方を確認するか、ファイルそのものをドロップしてください。
said-there-is-nothing-at-this-path = このパスには何もありません
said-this-is-not-a-picture-that = 読み込める画像ではありません
said-of-pictures-the-first-were-taken = { $a } 枚の画像のうち、最初の { $most } 枚を取り込みました。3〜5 枚が最適です。
said-this-picture-is-still-being-written = この画像はまだ書き込み中です
said-add-it-again-once-the-other = ほかのソフトの書き込みが終わってから、もう一度追加してください。
said-captions-cannot-be-read-and-are = 読めないキャプションを除きました
said-this-picture-could-not-be-looked = この画像を調べられませんでした。壊れているかもしれません。

frame-place = { $place }：{ $what }
frame-sentences = { $first }。{ $second }
frame-list = { $first }；{ $second }
frame-listed = { $what }（{ $inner }）、{ $rest }
frame-brackets = { $what }（{ $inner }）
frame-stop = 。
